-- A course's database as version 0001 of the migrations made it on PostgreSQL, with one attempt in it.
CREATE TABLE alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE judge_attempts (
    id integer NOT NULL,
    user_id integer NOT NULL,
    server_name character varying(255),
    lab_slug character varying(40) NOT NULL,
    status character varying(16) NOT NULL,
    graded boolean NOT NULL,
    passed boolean NOT NULL,
    failures json NOT NULL,
    checks json NOT NULL,
    metrics json NOT NULL,
    notes json NOT NULL,
    evidence json NOT NULL,
    submitted_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone
);

CREATE SEQUENCE judge_attempts_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE judge_attempts_id_seq OWNED BY judge_attempts.id;

CREATE TABLE users (
    id integer NOT NULL,
    github_id bigint,
    login character varying(255) NOT NULL,
    avatar_url character varying,
    created_at timestamp with time zone NOT NULL
);

CREATE SEQUENCE users_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE users_id_seq OWNED BY users.id;

ALTER TABLE ONLY judge_attempts ALTER COLUMN id SET DEFAULT nextval('judge_attempts_id_seq'::regclass);

ALTER TABLE ONLY users ALTER COLUMN id SET DEFAULT nextval('users_id_seq'::regclass);

INSERT INTO alembic_version VALUES ('0001');

INSERT INTO judge_attempts VALUES (1, 1, '', 'lab1', 'finished', true, false, '[{"code": "healthcheck_failed", "message": "m", "hint": "h"}]', '[{"title": "It builds", "status": "passed"}, {"title": "It answers", "status": "failed"}]', '{"image_size_mb": 150.1}', '{"build_logs": ["b"], "runtime_logs": []}', '{"context_digest": "sha256:c", "image_digest": null, "layers": [], "lab_version": "l", "judge_version": "j"}', '2026-11-01 10:01:00+00', '2026-11-01 10:02:00+00');

INSERT INTO users VALUES (1, NULL, 'ada', NULL, '2026-11-01 10:00:00+00');

SELECT pg_catalog.setval('judge_attempts_id_seq', 1, true);

SELECT pg_catalog.setval('users_id_seq', 1, true);

ALTER TABLE ONLY alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY judge_attempts
    ADD CONSTRAINT pk_judge_attempts PRIMARY KEY (id);

ALTER TABLE ONLY users
    ADD CONSTRAINT pk_users PRIMARY KEY (id);

ALTER TABLE ONLY users
    ADD CONSTRAINT uq_users_github_id UNIQUE (github_id);

ALTER TABLE ONLY users
    ADD CONSTRAINT uq_users_login UNIQUE (login);

CREATE INDEX ix_judge_attempts_lab_slug ON judge_attempts USING btree (lab_slug);

CREATE INDEX ix_judge_attempts_status ON judge_attempts USING btree (status);

CREATE INDEX ix_judge_attempts_user_id ON judge_attempts USING btree (user_id);

ALTER TABLE ONLY judge_attempts
    ADD CONSTRAINT fk_judge_attempts_user_id_users FOREIGN KEY (user_id) REFERENCES users(id);

