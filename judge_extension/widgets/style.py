"""How the panel looks: JupyterLab's own colours and type, at home in its light and its dark theme."""

STYLE = """<style>
.cl-panel { max-width: 760px; padding: 14px 18px 10px; border: 1px solid var(--jp-border-color2);
  border-radius: 8px; background: var(--jp-layout-color1); overflow: hidden; }
.cl-panel .widget-html, .cl-panel .widget-html-content, .cl-panel .jupyter-widgets { height: auto; }
.cl-panel .widget-html-content { line-height: 1.5; font-size: var(--jp-content-font-size1);
  color: var(--jp-content-font-color1); white-space: normal; overflow-wrap: anywhere; }
.cl-panel .widget-html { margin: 0; overflow: visible; }
.cl-panel p { margin: 0 0 4px; }
.cl-panel button:focus-visible, .cl-panel summary:focus-visible, .cl-panel pre:focus-visible {
  outline: 2px solid var(--jp-brand-color1); outline-offset: 2px; }
.cl-panel button { border-radius: 4px; }
.cl-panel a.cl-button { display: inline-block; border-radius: 4px; margin: 0; text-align: center;
  vertical-align: middle; text-decoration: none; color: var(--jp-ui-font-color1); }
.cl-panel a.cl-button:focus-visible { outline: 2px solid var(--jp-brand-color1); outline-offset: 2px; }
.cl-panel .widget-hbox { align-items: center; gap: 8px; margin: 8px 0 4px; }
.cl-panel .widget-hbox > button { margin: 0; }
.cl-header { display: flex; gap: 12px; align-items: baseline; flex-wrap: wrap; }
.cl-title { font-size: var(--jp-content-font-size3); font-weight: 600; }
.cl-panel .cl-quiet { color: var(--jp-content-font-color2); font-size: var(--jp-ui-font-size1); }
.cl-panel kbd { font-family: inherit; border: 1px solid var(--jp-border-color1); border-radius: 3px;
  padding: 0 4px; background: var(--jp-layout-color2); color: inherit; box-shadow: none; }
.cl-session > .widget-hbox { margin: 0; align-items: center; flex-wrap: wrap; }
.cl-progress { margin: 8px 0 4px; }
.cl-bar { height: 6px; margin-top: 6px; border-radius: 3px; background: var(--jp-layout-color3);
  overflow: hidden; }
.cl-bar > div { height: 100%; border-radius: 3px; background: var(--jp-brand-color1);
  transition: width .3s; }
.cl-bar-waiting > div { width: 30% !important; animation: cl-wait 1.6s ease-in-out infinite alternate; }
@keyframes cl-wait { from { margin-left: 0; } to { margin-left: 70%; } }
@media (prefers-reduced-motion: reduce) { .cl-bar-waiting > div { animation: none; } }
.cl-box { display: flex; gap: 12px; align-items: flex-start; padding: 10px 14px; margin: 8px 0;
  border-left: 4px solid var(--cl-tone); border-radius: 4px; background: var(--jp-layout-color2); }
.cl-box p:last-child { margin-bottom: 0; }
.cl-pass, .cl-passed { --cl-tone: var(--jp-success-color1); }
.cl-fail, .cl-failed { --cl-tone: var(--jp-error-color1); }
.cl-warn { --cl-tone: var(--jp-warn-color1); }
.cl-info { --cl-tone: var(--jp-info-color1); }
.cl-not_run { --cl-tone: var(--jp-border-color0); }
.cl-mark { flex: none; width: 1.5em; height: 1.5em; line-height: 1.5em; text-align: center;
  border-radius: 50%; color: var(--jp-layout-color1); background: var(--cl-tone); font-weight: 700; }
.cl-not_run .cl-mark { color: var(--jp-content-font-color2); background: none; }
.cl-verdict { font-size: var(--jp-content-font-size2); font-weight: 600; }
.cl-score { margin-left: 8px; font-weight: 400; color: var(--jp-content-font-color2); }
.cl-failure { margin: 10px 0; padding: 0 14px; }
.cl-try { padding-left: 10px; border-left: 2px solid var(--jp-brand-color1); }
.cl-panel ul.cl-checks { list-style: none; margin: 8px 0; padding: 0; }
.cl-check { display: flex; gap: 10px; align-items: center; padding: 5px 2px;
  border-bottom: 1px solid var(--jp-border-color3); }
.cl-check .cl-mark { font-size: .75em; }
.cl-check .cl-quiet { white-space: nowrap; text-align: right; }
.cl-check .cl-points { margin-left: auto; }
.cl-check .cl-word { min-width: 6em; }
.cl-metrics { padding: 4px 0; }
.cl-fold { margin: 4px 0; }
.cl-fold summary { cursor: pointer; padding: 2px 0; }
.cl-panel pre.cl-log { max-height: 260px; overflow: auto; margin: 6px 0; padding: 8px 10px;
  border-radius: 4px; border: 1px solid var(--jp-border-color2); background: var(--jp-layout-color2);
  color: var(--jp-content-font-color1); font: var(--jp-code-font-size)/1.45 var(--jp-code-font-family);
  white-space: pre-wrap; }
.cl-answer { margin: 6px 0 10px; padding: 2px 0 2px 12px; border-left: 4px solid var(--jp-info-color1); }
.cl-answer .cl-prose { margin: 4px 0; }
.cl-answer .cl-prose > :last-child { margin-bottom: 0; }
.cl-panel textarea { font: var(--jp-code-font-size)/1.45 var(--jp-code-font-family); }
.cl-solution { margin-top: 8px; }
.cl-prose { margin: 8px 0 12px; }
.cl-prose p, .cl-prose ul, .cl-prose ol, .cl-prose blockquote, .cl-prose .cl-table { margin: 0 0 8px; }
.cl-prose li > p, .cl-prose blockquote > :last-child { margin-bottom: 0; }
.cl-prose h3, .cl-prose h4, .cl-prose h5, .cl-prose h6 { margin: 14px 0 6px; font-weight: 600;
  font-size: var(--jp-content-font-size1); }
.cl-prose h3 { font-size: var(--jp-content-font-size2); }
.cl-prose ul, .cl-prose ol { padding-left: 24px; }
.cl-prose a { color: var(--jp-content-link-color); text-decoration: underline; }
.cl-prose blockquote { padding-left: 10px; border-left: 2px solid var(--jp-border-color1); }
.cl-prose hr { border: 0; border-top: 1px solid var(--jp-border-color2); margin: 12px 0; }
.cl-prose .cl-table { overflow-x: auto; overflow-wrap: break-word; }
.cl-prose table { border-collapse: collapse; }
.cl-prose th, .cl-prose td { padding: 4px 10px; text-align: left; vertical-align: top;
  border: 1px solid var(--jp-border-color2); }
.cl-panel code { font: .95em var(--jp-code-font-family); color: inherit; background: none; padding: 0; }
.cl-prose code, .cl-failure p:not(.cl-quiet) code { padding: 1px 4px; border-radius: 3px;
  background: var(--jp-layout-color2); }
.cl-panel pre.cl-code { margin: 6px 0 10px; padding: 8px 10px; overflow: auto; border-radius: 4px;
  background: var(--jp-layout-color2); color: var(--jp-content-font-color1);
  font: var(--jp-code-font-size)/1.45 var(--jp-code-font-family); white-space: pre-wrap; }
.cl-panel pre.cl-code code { padding: 0; font: inherit; }
.cl-solution pre.cl-log { max-height: 420px; }
</style>"""
