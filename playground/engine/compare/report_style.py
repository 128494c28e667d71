"""How a report looks: dark ink on white, and on paper in landscape."""

from __future__ import annotations

#: Of the accents, dark enough on white (4.5:1).
COLOURS = {"vae": "#0b7d70", "gan": "#9a5b00", "diffusion": "#5d4bd6", "hybrid": "#b8326f"}
DASHES = ("", "7 3", "2 3", "9 3 2 3")
REAL = "#1f77b0"

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: #1d2127; background: #fff;
  max-width: 1240px; margin: 0 auto; padding: 28px 24px 60px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 19px; margin: 40px 0 6px; }
h3 { font-size: 15px; margin: 22px 0 6px; }
.about, .legend { color: #565d67; margin: 0 0 10px; }
.notes { color: #3b4149; padding-left: 20px; margin: 12px 0 0; }
table.unified { border-collapse: collapse; width: 100%; table-layout: fixed; font-size: 13px; line-height: 1.4; }
.unified th { text-align: left; vertical-align: top; padding: 8px 10px; }
.unified thead th { font-size: 15px; color: var(--c); border-bottom: 3px solid var(--c, transparent); }
.unified thead th:first-child, .unified tbody th { width: 96px; color: #1d2127; }
.unified td { vertical-align: top; padding: 8px 10px; border-bottom: 1px solid #dfe3e8; }
.unified tbody th { border-bottom: 1px solid #dfe3e8; }
.words { margin: 0 0 4px; font-size: 14px; }
.book { color: #646b75; }
.no { color: #b3261e; font-size: 16px; }
.yes { color: #646b75; }
.unified ul { list-style: none; margin: 0; padding: 0; }
.unified li { margin: 1px 0; }
.label { color: #565d67; }
.value { font-variant-numeric: tabular-nums; white-space: nowrap; }
.floor { color: #1f6fa3; white-space: nowrap; font-variant-numeric: tabular-nums; }
.row { display: flex; flex-wrap: wrap; gap: 18px; align-items: flex-start; }
figure { margin: 0; break-inside: avoid; flex: 0 1 auto; }
figure svg { width: 370px; max-width: 100%; height: auto; display: block; }
figure img { display: block; max-width: 100%; width: 270px; image-rendering: auto; border: 1px solid #dfe3e8; }
figure img.wide { width: 370px; }
figcaption { color: var(--c); font-weight: 600; margin-top: 4px; }
.key { color: var(--c); font-weight: 600; margin-right: 10px; }
dl { display: grid; grid-template-columns: 210px 1fr; gap: 6px 16px; margin: 8px 0; }
dl.small { font-size: 13px; }
dt { font-weight: 600; }
dd { margin: 0; }
pre { background: #f5f6f8; padding: 10px 12px; font-size: 12px; line-height: 1.35; overflow: auto; columns: 2;
  white-space: pre-wrap; }
@page { size: A4 landscape; margin: 12mm; }
@media print {
  body { font-size: 11px; padding: 0; max-width: none; }
  h2 { break-after: avoid; }
  tr, figure, dl > dd { break-inside: avoid; }
  table.unified { font-size: 9.5px; }
  figure img { width: 52mm; }
  figure img.wide { width: 84mm; }
  figure svg { width: 84mm; }
}
"""
