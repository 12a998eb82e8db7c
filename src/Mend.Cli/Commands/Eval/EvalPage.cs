using System.Globalization;
using System.Net;
using System.Text;

namespace Mend.Cli;

/// <summary>An evaluation as one HTML page that needs nothing else: a table of the checkpoints, and charts as SVG.</summary>
internal static class EvalPage
{
    /// <summary>What such a page begins with.</summary>
    public const string Beginning = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>";

    private const int Width = 460;
    private const int Height = 220;
    private const int Margin = 44;

    /// <summary>The page.</summary>
    /// <param name="result">The evaluation.</param>
    public static string Of(EvalResult result)
    {
        IReadOnlyList<EvalCheckpoint> points = result.Checkpoints;
        StringBuilder page = new();
        string title = $"{result.Edits} edits by {result.Method}";
        page.Append(CultureInfo.InvariantCulture, $$"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{Text(title)}}</title>
            <style>
            body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: #1c2430; background: #fff }
            table { border-collapse: collapse; margin: 1rem 0 } th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid #d8dee8 }
            figure { display: inline-block; margin: 0 1rem 1rem 0 } figcaption { font-weight: 600 } svg { background: #f6f8fb }
            @media (prefers-color-scheme: dark) { body { color: #e6eaf0; background: #14181f } th, td { border-color: #39424f } svg { background: #1d232c } text { fill: #c7cfda } }
            </style></head><body>
            <h1>{{Text(title)}}</h1>
            <p>Model {{Text(result.Model)}}{{(result.Editor is null ? "" : $", editor {Text(result.Editor)}")}}; {{(result.Sequential ? "committed one after another" : "each on the base model")}}.
            Edit success {{Share(result.EditSuccess)}}, generality {{Share(result.Generality)}}, locality {{Share(result.Locality)}}, perplexity {{Number(result.PerplexityRatio)}} of the base's,
            median edit {{Number(result.EditMsP50 / 1000)}} s.</p>

            """);
        if (points.Count > 0)
        {
            page.Append("<table><tr><th>edits</th><th>success</th><th>generality</th><th>locality</th><th>perplexity</th><th>first 100</th><th>‖ΔW‖/‖W‖</th><th>written</th><th>s/edit</th></tr>\n");
            foreach (EvalCheckpoint p in points)
            {
                page.Append(CultureInfo.InvariantCulture, $"<tr><td>{p.Edits}</td><td>{Share(p.EditSuccess)}</td><td>{Share(p.Generality)}</td><td>{Share(p.Locality)}</td><td>{Number(p.PerplexityRatio)}</td><td>{Share(p.RetentionFirst100)}</td><td>{Number(p.GreatestChange)}</td><td>{Share(p.GeneratedSuccess)}</td><td>{Number(p.SecondsPerEdit)}</td></tr>\n");
            }

            page.Append("</table>\n");
            page.Append(Chart("Answers", points, ("success", "#1f6feb", p => p.EditSuccess), ("generality", "#2da44e", p => p.Generality), ("locality", "#bf8700", p => p.Locality), ("first 100", "#8250df", p => p.RetentionFirst100)));
            page.Append(Chart("Perplexity, to the base's", points, ("perplexity", "#cf222e", p => p.PerplexityRatio)));
            page.Append(Chart("Greatest ‖ΔW‖/‖W‖", points, ("change", "#0a7ea4", p => p.GreatestChange)));
            page.Append(Chart("Seconds per edit", points, ("seconds", "#57606a", p => p.SecondsPerEdit)));
        }

        return page.Append("</body></html>\n").ToString();
    }

    /// <summary>Lines over the number of edits, whose axis is logarithmic.</summary>
    private static string Chart(string title, IReadOnlyList<EvalCheckpoint> points, params (string Name, string Color, Func<EvalCheckpoint, double> Value)[] lines)
    {
        double[] all = [.. lines.SelectMany(l => points.Select(l.Value)).Where(double.IsFinite)];
        if (all.Length == 0)
        {
            return "";
        }

        double low = Math.Min(0, all.Min()), high = all.Max() > low ? all.Max() : low + 1, most = Math.Max(1, Math.Log10(points[^1].Edits));
        double X(EvalCheckpoint p) => Margin + ((Width - Margin - 12) * Math.Log10(p.Edits) / most);
        double Y(double v) => Height - Margin + 16 - ((Height - Margin) * (v - low) / (high - low));
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<figure><figcaption>{Text(title)}</figcaption><svg role=\"img\" aria-label=\"{Text(title)}\" width=\"{Width}\" height=\"{Height}\" font-size=\"11\">\n");
        foreach (double tick in new[] { low, (low + high) / 2, high })
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Margin}\" x2=\"{Width - 12}\" y1=\"{Y(tick):0.0}\" y2=\"{Y(tick):0.0}\" stroke=\"#8c95a1\" stroke-opacity=\".35\"/><text x=\"4\" y=\"{Y(tick) + 4:0.0}\">{Number(tick)}</text>\n");
        }

        foreach (EvalCheckpoint p in points)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(p):0.0}\" y=\"{Height - 8}\" text-anchor=\"middle\">{p.Edits}</text>\n");
        }

        foreach ((int i, (string name, string color, Func<EvalCheckpoint, double> value)) in lines.Index())
        {
            EvalCheckpoint[] known = [.. points.Where(p => double.IsFinite(value(p)))];
            string path = string.Join(' ', known.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p):0.0},{Y(value(p)):0.0}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" points=\"{path}\"/>\n");
            foreach (EvalCheckpoint p in known)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<circle r=\"3\" cx=\"{X(p):0.0}\" cy=\"{Y(value(p)):0.0}\" fill=\"{color}\"><title>{Text(name)} at {p.Edits}: {Number(value(p))}</title></circle>\n");
            }

            if (lines.Length > 1)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Margin + (i * 90)}\" y=\"11\" style=\"fill:{color}\">{Text(name)}</text>\n");
            }
        }

        return svg.Append("</svg></figure>\n").ToString();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Share(double share) => Format.Share(share);

    private static string Number(double number) => Format.Number(number, "0.###");
}
