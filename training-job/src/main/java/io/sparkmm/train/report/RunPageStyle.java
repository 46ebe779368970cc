package io.sparkmm.train.report;

/** The style sheet of a page about a run: dark text on light, one column on narrow screens. */
final class RunPageStyle {
  static final String CSS =
      """
      :root{color-scheme:light;--fg:#1b1f24;--faint:#5d6773;--soft:#f5f7f9;--line:#d8dee4;--accent:#c4500a;--blue:#2f6db5}
      *{box-sizing:border-box}
      body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:#fff}
      main{max-width:1100px;margin:0 auto;padding:1.4rem 1.1rem 3rem}
      h1{font-size:1.5rem;line-height:1.25;margin:0;overflow-wrap:anywhere}
      h2{font-size:1.05rem;margin:0 0 .5rem}section{margin-top:1.8rem}
      h2 small{font-weight:400;color:var(--faint);margin-left:.6rem}
      .note{color:var(--faint);margin:.2rem 0 .6rem}
      .status{font-size:.8rem;font-weight:600;vertical-align:middle;border-radius:99px;padding:.15rem .7rem;background:#e6eefb;color:#1f4f8f;white-space:nowrap}
      .status.done{background:#e2f4e8;color:#0b6b35}.status.failed{background:#fdeae8;color:#a3211a}
      .progress{height:6px;border-radius:3px;background:var(--line);overflow:hidden}.progress i{display:block;height:100%;background:var(--blue)}
      .failure{white-space:pre-wrap;overflow-wrap:anywhere;background:#fdeae8;color:#7d1a14;border-left:4px solid #c4342a;padding:.6rem .9rem;border-radius:4px}
      .figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.6rem,1fr));gap:.6rem;margin-top:1.1rem}
      .figures div{background:var(--soft);border:1px solid var(--line);border-radius:8px;padding:.5rem .8rem;min-width:0}
      .figures span{display:block;color:var(--faint);font-size:.82rem}.figures b{font-size:1.15rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
      .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1rem;margin-top:1.2rem}
      .chart{margin:0;background:var(--soft);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;min-width:0}
      svg{display:block;width:100%;height:auto}svg text{font-size:13px;fill:var(--faint)}
      .grid{stroke:var(--line)}.line{fill:none;stroke-width:2;stroke-linejoin:round}
      .line.s0{stroke:var(--accent)}.line.s1{stroke:var(--blue)}.line.s2{stroke:#0b7a3e}.line.s3{stroke:#7b4bb3}
      .key{display:inline-block;width:.8rem;height:.25rem;vertical-align:middle;margin-right:.3rem;background:#7b4bb3}
      .key.k0{background:var(--accent)}.key.k1{background:var(--blue)}.key.k2{background:#0b7a3e}
      .legend{display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin:.2rem 0 .7rem;font-size:.87rem}
      .legend i{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;margin-right:.35rem;vertical-align:-1px}
      .bar{display:grid;grid-template-columns:4.2rem minmax(0,1fr) 4.6rem;gap:.6rem;align-items:center;margin:.25rem 0;font-size:.9rem}
      .bar>div{display:flex;height:1.3rem;background:var(--soft);border-radius:3px;overflow:hidden}.bar i{display:block;height:100%}
      i.data{background:#8a6d3b}i.gather{background:#5aa2d6}i.forward{background:#f0a04b}i.exchange{background:#b9c3cd}i.backward{background:#d9601a}
      i.reduce{background:#2f6db5}i.optimizer{background:#3d9a63}i.save{background:#7b4bb3}i.other{background:#e3e7eb}
      table{border-collapse:collapse;width:100%;font-size:.9rem}
      th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
      th{font-weight:600}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}th.n{white-space:normal}
      .wide{overflow-x:auto}.wide th,.wide td{overflow-wrap:normal}.wide td:nth-child(2){white-space:nowrap}summary{cursor:pointer;color:var(--faint);font-size:.87rem;margin:.5rem 0}
      .facts{columns:22rem 2;column-gap:2.4rem}.facts section{break-inside:avoid;margin:0;padding-top:1.8rem}
      .facts th{font-weight:400;color:var(--faint);width:45%}
      @media (max-width:560px){svg text{font-size:15px}}
      """;

  private RunPageStyle() {}
}
