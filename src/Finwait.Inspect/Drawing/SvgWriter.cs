using System.Globalization;
using System.Text;

namespace Finwait.Inspect;

/// <summary>Writes SVG elements. Colours are classes of <see cref="DrawingStyle"/>, so that a picture is legible on light and dark paper.</summary>
/// <param name="isInPage">True for a picture inside a page, which brings the styles and the headings itself.</param>
internal sealed class SvgWriter(bool isInPage = false)
{
    /// <summary>Width of a character of the fixed-width fonts, in parts of the font's size.</summary>
    public const double CharacterWidth = 0.603;

    private readonly StringBuilder _text = new();

    /// <summary>Begins a picture.</summary>
    /// <param name="name">The class of the root: ladder, states, timeline.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="title">What it shows, for those who cannot see it.</param>
    /// <param name="heading">Height of its headings, which a page does not show.</param>
    /// <param name="attributes">More attributes of the root.</param>
    public SvgWriter Begin(string name, double width, double height, string title, double heading = 0, string attributes = "")
    {
        double top = isInPage ? heading : 0;
        _text.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{DrawingStyle.Class(name)}\" width=\"{N(width)}\" height=\"{N(height - top)}\" viewBox=\"0 {N(top)} {N(width)} {N(height - top)}\" role=\"img\"");
        _text.Append(attributes.Length == 0 ? "" : " " + attributes).Append(isInPage ? $" aria-label=\"{Escape(title)}\"" : "").Append(">\n");
        if (!isInPage)
        {
            _text.Append("<title>").Append(Escape(title)).Append("</title>\n<style>").Append(DrawingStyle.Css).Append("</style>\n");
        }

        return Rect("paper", 0, top, width, height - top);
    }

    public SvgWriter End()
    {
        _text.Append("</svg>\n");
        return this;
    }

    public SvgWriter Group(string name, string attributes = "")
    {
        _text.Append("<g class=\"").Append(DrawingStyle.Class(name)).Append('"').Append(attributes.Length == 0 ? "" : " " + attributes).Append(">\n");
        return this;
    }

    /// <summary>A group that is turned about a place.</summary>
    public SvgWriter Turn(double angle, double x, double y)
    {
        _text.Append(CultureInfo.InvariantCulture, $"<g transform=\"rotate({N(angle)} {N(x)} {N(y)})\">\n");
        return this;
    }

    public SvgWriter EndGroup()
    {
        _text.Append("</g>\n");
        return this;
    }

    /// <summary>What a viewer shows when the pointer rests on the group.</summary>
    public SvgWriter Hint(string hint)
    {
        _text.Append("<title>").Append(Escape(hint)).Append("</title>\n");
        return this;
    }

    public SvgWriter Rect(string name, double x, double y, double width, double height, double radius = 0)
    {
        _text.Append(CultureInfo.InvariantCulture, $"<rect class=\"{DrawingStyle.Class(name)}\" x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\"");
        _text.Append(radius > 0 ? $" rx=\"{N(radius)}\"" : "").Append("/>\n");
        return this;
    }

    public SvgWriter Line(string name, double x1, double y1, double x2, double y2)
    {
        _text.Append(CultureInfo.InvariantCulture, $"<line class=\"{DrawingStyle.Class(name)}\" x1=\"{N(x1)}\" y1=\"{N(y1)}\" x2=\"{N(x2)}\" y2=\"{N(y2)}\"/>\n");
        return this;
    }

    public SvgWriter Circle(string name, double x, double y, double radius)
    {
        _text.Append(CultureInfo.InvariantCulture, $"<circle class=\"{DrawingStyle.Class(name)}\" cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\"/>\n");
        return this;
    }

    public SvgWriter Path(string name, string data)
    {
        _text.Append("<path class=\"").Append(DrawingStyle.Class(name)).Append("\" d=\"").Append(data).Append("\"/>\n");
        return this;
    }

    /// <summary>The head of an arrow that points from one place to another.</summary>
    public SvgWriter Head(string name, double fromX, double fromY, double toX, double toY, double size = 8)
    {
        double length = Math.Max(0.001, Math.Sqrt(((toX - fromX) * (toX - fromX)) + ((toY - fromY) * (toY - fromY))));
        (double ux, double uy) = ((toX - fromX) / length, (toY - fromY) / length);
        (double bx, double by) = (toX - (ux * size), toY - (uy * size));
        double half = size * 0.42;
        return Path(name, $"M{N(toX)} {N(toY)}L{N(bx - (uy * half))} {N(by + (ux * half))}L{N(bx + (uy * half))} {N(by - (ux * half))}Z");
    }

    /// <summary>One line of text.</summary>
    /// <param name="name">Its class, which also says its font.</param>
    /// <param name="x">Where its anchor is.</param>
    /// <param name="y">Its baseline.</param>
    /// <param name="size">Font size, pixels.</param>
    /// <param name="text">The text.</param>
    /// <param name="anchor">start, middle or end.</param>
    /// <param name="real">The same text with real sequence numbers, for a page whose reader can change between them; empty for none.</param>
    public SvgWriter Text(string name, double x, double y, double size, string text, string anchor = "start", string real = "")
    {
        _text.Append(CultureInfo.InvariantCulture, $"<text class=\"{DrawingStyle.Class(name)}\" x=\"{N(x)}\" y=\"{N(y)}\" font-size=\"{N(size)}\"");
        _text.Append(anchor == "start" ? "" : $" text-anchor=\"{anchor}\"");
        _text.Append(real.Length == 0 ? "" : $" data-real=\"{Escape(real)}\"");
        _text.Append('>').Append(Escape(text)).Append("</text>\n");
        return this;
    }

    public override string ToString() => _text.ToString();

    /// <summary>Width of a text in a fixed-width font.</summary>
    public static double WidthOf(string text, double size) => WidthOf(text.Length, size);

    /// <inheritdoc cref="WidthOf(string, double)"/>
    public static double WidthOf(int characters, double size) => characters * size * CharacterWidth;

    /// <summary>Cuts a text to a number of characters; what was cut is told by an ellipsis.</summary>
    public static string Cut(string text, int most) => text.Length <= most ? text : string.Concat(text.AsSpan(0, Math.Max(0, most - 1)), "…");

    /// <summary>A number with at most two digits behind the point.</summary>
    public static string N(double number) => Math.Round(number, 2).ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Text as it may stand in XML and HTML; characters that XML does not know become a replacement mark.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool isPair = char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (isPair)
            {
                escaped.Append(c).Append(text[++i]);
                continue;
            }

            _ = c switch
            {
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '&' => escaped.Append("&amp;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                '\t' or '\n' or '\r' => escaped.Append(c),
                < ' ' or (>= '\uD800' and <= '\uDFFF') or '\uFFFE' or '\uFFFF' => escaped.Append('\uFFFD'),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }
}
