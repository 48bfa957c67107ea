-- A course's database as version 0001 of the migrations made it, with one attempt in it.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE judge_attempts (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	server_name VARCHAR(255), 
	lab_slug VARCHAR(40) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	graded BOOLEAN NOT NULL, 
	passed BOOLEAN NOT NULL, 
	failures JSON NOT NULL, 
	checks JSON NOT NULL, 
	metrics JSON NOT NULL, 
	notes JSON NOT NULL, 
	evidence JSON NOT NULL, 
	submitted_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	CONSTRAINT pk_judge_attempts PRIMARY KEY (id), 
	CONSTRAINT fk_judge_attempts_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "judge_attempts" VALUES(1,1,'','lab1','finished',1,0,'[{"code": "healthcheck_failed", "message": "m", "hint": "h"}]','[{"title": "It builds", "status": "passed"}, {"title": "It answers", "status": "failed"}]','{"image_size_mb": 150.1}','{"build_logs": ["b"], "runtime_logs": []}','{"context_digest": "sha256:c", "image_digest": null, "layers": [], "lab_version": "l", "judge_version": "j"}','2026-11-01 10:01:00.000000','2026-11-01 10:02:00.000000');
CREATE TABLE users (
	id INTEGER NOT NULL, 
	github_id BIGINT, 
	login VARCHAR(255) NOT NULL, 
	avatar_url VARCHAR, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (id), 
	CONSTRAINT uq_users_github_id UNIQUE (github_id), 
	CONSTRAINT uq_users_login UNIQUE (login)
);
INSERT INTO "users" VALUES(1,NULL,'ada',NULL,'2026-11-01 10:00:00.000000');
CREATE INDEX ix_judge_attempts_user_id ON judge_attempts (user_id);
CREATE INDEX ix_judge_attempts_lab_slug ON judge_attempts (lab_slug);
CREATE INDEX ix_judge_attempts_status ON judge_attempts (status);
COMMIT;
