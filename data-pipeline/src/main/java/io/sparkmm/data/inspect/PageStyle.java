package io.sparkmm.data.inspect;

/** The style sheet of pages and of parts of them; all its rules are for elements inside a class. */
final class PageStyle {
  /** Class of the element that the rules are for. */
  static final String ROOT = "sparkmm";

  static final String CSS =
      """
      .sparkmm{color-scheme:light dark;--fg:#1b1f24;--bg:#fff;--soft:#f4f6f8;--line:#d8dee4;--faint:#67717d;\
      --bar:#3f6fb5;--on:#cdeccf;--on2:#b9e2bd;--off2:#e9ecf0;--bad:#b3261e;--bad-bg:#fdecea;\
      font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg)}
      @media (prefers-color-scheme:dark){.sparkmm{--fg:#e4e8ed;--bg:#14171b;--soft:#1d2127;--line:#39414b;--faint:#98a3b0;\
      --bar:#7fa8e6;--on:#1c4a2a;--on2:#245c35;--off2:#2b3139;--bad:#ff8a80;--bad-bg:#3d1f1d}}
      .sparkmm *{box-sizing:border-box}
      .sparkmm h1{font-size:1.5rem;line-height:1.25;margin:0 0 .2rem;overflow-wrap:anywhere}
      .sparkmm h2{font-size:1.15rem;margin:2.2rem 0 .6rem}
      .sparkmm h3{font-size:1rem;margin:0;overflow-wrap:anywhere}
      .sparkmm h4{font-size:.85rem;margin:0 0 .3rem}
      .sparkmm p{margin:.2rem 0}.sparkmm small,.sparkmm .note{color:var(--faint);font-weight:400;font-size:.87rem}
      .sparkmm table{border-collapse:collapse;width:100%;font-size:.9rem}
      .sparkmm th,.sparkmm td{text-align:left;vertical-align:top;padding:.28rem .7rem .28rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
      .sparkmm th{font-weight:600;white-space:nowrap}
      .sparkmm .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
      .sparkmm table.keys th{width:13rem;white-space:normal;font-weight:400;color:var(--faint)}
      .sparkmm .wide{overflow-x:auto}
      .sparkmm code,.sparkmm .path{font:.85em/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
      .sparkmm ul{margin:0;padding-left:1.1rem}
      .sparkmm summary{cursor:pointer;color:var(--faint);font-size:.87rem;margin:.4rem 0}
      .sparkmm .charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,25rem),1fr));gap:1rem;margin-bottom:.6rem}
      .sparkmm .chart,.sparkmm .card{background:var(--soft);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem}
      .sparkmm svg{display:block;width:100%;height:auto;margin-top:.4rem}
      .sparkmm svg text{font-size:12px;fill:var(--faint)}.sparkmm svg text.y{text-anchor:end}
      .sparkmm svg .grid{stroke:var(--line)}.sparkmm svg rect{fill:var(--bar)}
      .sparkmm .card{margin:0 0 1rem}.sparkmm .card header{margin-bottom:.6rem}
      .sparkmm .facts span{display:inline-block;font-size:.82rem;color:var(--faint);border:1px solid var(--line);border-radius:99px;padding:0 .6rem;margin:.15rem .1rem 0 0}
      .sparkmm .pictures{display:flex;flex-wrap:wrap;gap:.8rem;align-content:flex-start}
      .sparkmm .beside{display:grid;grid-template-columns:minmax(0,1fr);gap:.9rem}
      @media (min-width:900px){.sparkmm .beside{grid-template-columns:256px minmax(0,1fr)}}
      .sparkmm figure{margin:0;width:min(256px,100%)}
      .sparkmm figure img{display:block;max-width:100%;max-height:256px;border-radius:4px;border:1px solid var(--line)}
      .sparkmm .gone{display:grid;place-items:center;height:6rem;border:1px dashed var(--bad);border-radius:4px;color:var(--bad);background:var(--bad-bg)}
      .sparkmm figcaption{font-size:.8rem;line-height:1.35;color:var(--faint);margin-top:.25rem;overflow-wrap:anywhere}
      .sparkmm .bad{color:var(--bad);font-weight:600}
      .sparkmm .tokens{font:13px/1.75 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere;max-height:34rem;overflow-y:auto}
      .sparkmm .tokens i,.sparkmm .tokens b{font-style:normal;font-weight:400;border-radius:2px;padding:.1em 0}
      .sparkmm .tokens i:nth-child(even){background:var(--off2)}
      .sparkmm .tokens b{background:var(--on)}.sparkmm .tokens b:nth-child(even){background:var(--on2)}
      .sparkmm .tokens .x{border:1px solid var(--faint);border-radius:4px;padding:0 .25em;margin:0 1px;font-size:.92em}
      .sparkmm .tokens em{color:var(--bad)}
      .sparkmm s{text-decoration:none;color:var(--faint);user-select:none}.sparkmm s.u{border:1px dotted var(--bad);color:var(--bad);border-radius:3px}
      .sparkmm .pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem;border-top:1px solid var(--line);margin-top:.6rem;padding-top:.6rem}
      .sparkmm .pair>div{min-width:0}
      .sparkmm .segment{border-left:4px solid var(--bar);padding-left:.8rem;margin-top:.7rem}
      .sparkmm .padding{border-color:var(--line)}
      .sparkmm nav{margin-top:.6rem;font-size:.9rem}.sparkmm nav a{color:var(--bar);margin-right:1rem;white-space:nowrap}
      .sparkmm .legend{display:block;max-height:none;margin:0 0 .8rem}
      .sparkmm .bar{display:block;height:.55rem;min-width:2px;border-radius:2px;background:var(--bar);margin-top:.45rem}
      @media (max-width:720px){.sparkmm .pair{grid-template-columns:1fr}.sparkmm table.keys th{width:8rem}}
      """;

  /** Rules for a page of its own. */
  static final String PAGE =
      "html,body{margin:0;padding:0}main.sparkmm{min-height:100vh;padding:1.6rem max(1rem,calc(50vw -"
          + " 36rem))}";

  private PageStyle() {}
}
