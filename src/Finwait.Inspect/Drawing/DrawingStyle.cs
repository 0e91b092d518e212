namespace Finwait.Inspect;

/// <summary>The colours and fonts of all drawings. Every colour stands twice: for light paper and for dark.</summary>
internal static class DrawingStyle
{
    private const string Mono = "font-family:'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace";
    private const string Sans = "font-family:'DejaVu Sans',Verdana,'Segoe UI',Helvetica,Arial,sans-serif";

    private const string Edge = "paint-order:stroke;stroke-width:4px;stroke-linejoin:round";

    // class, light, dark, the rest
    private static readonly (string Name, string Property, string Light, string Dark, string More)[] s_rules =
    [
        ("paper", "fill", "#ffffff", "#15191e", ""),
        ("title", "fill", "#1b1f24", "#eceff2", Sans + ";font-weight:bold"),
        ("note", "fill", "#5b6570", "#a3adb8", Sans),
        ("name", "fill", "#1b1f24", "#eceff2", Sans + ";font-weight:bold"),
        ("time", "fill", "#6b7580", "#98a3ae", Mono),
        ("gap", "fill", "#8a5a00", "#d9a441", Mono + ";font-style:italic"),
        ("call", "fill", "#3d4650", "#c3cad2", Mono),
        ("text", "fill", "#1b1f24", "#eceff2", Mono),
        ("bold", "fill", "#1b1f24", "#eceff2", Mono + ";font-weight:bold"),
        ("lost", "fill", "#c2185b", "#ff7aa8", Mono + ";font-weight:bold"),
        ("client", "fill", "#c62828", "#ff6b61", Mono + ";font-weight:bold"),
        ("server", "fill", "#1558b0", "#6aa9ff", Mono + ";font-weight:bold"),
        ("number", "fill", "#ffffff", "#15191e", Sans + ";font-weight:bold"),
        ("line", "stroke", "#9aa5b1", "#5d6874", "fill:none;stroke-width:1.5"),
        ("pause", "stroke", "#9aa5b1", "#5d6874", "fill:none;stroke-width:1.5;stroke-dasharray:2 4"),
        ("axis", "stroke", "#6b7580", "#98a3ae", "fill:none;stroke-width:1"),
        ("cross", "stroke", "#c2185b", "#ff7aa8", "fill:none;stroke-width:2.4;stroke-linecap:round"),
        ("p-open", "stroke", "#00796b", "#4db6a5", "fill:none;stroke-width:1.8"),
        ("p-text", "stroke", "#1b1f24", "#e1e5ea", "fill:none;stroke-width:1.8"),
        ("p-ack", "stroke", "#7a8591", "#8f9aa6", "fill:none;stroke-width:1.4"),
        ("p-close", "stroke", "#b25b00", "#f0a04b", "fill:none;stroke-width:1.8"),
        ("p-reset", "stroke", "#ad1457", "#ff7aa8", "fill:none;stroke-width:1.8"),
        ("p-other", "stroke", "#5e35b1", "#b39ddb", "fill:none;stroke-width:1.6"),
        ("h-open", "fill", "#00796b", "#4db6a5", ""),
        ("h-text", "fill", "#1b1f24", "#e1e5ea", ""),
        ("h-ack", "fill", "#7a8591", "#8f9aa6", ""),
        ("h-close", "fill", "#b25b00", "#f0a04b", ""),
        ("h-reset", "fill", "#ad1457", "#ff7aa8", ""),
        ("h-other", "fill", "#5e35b1", "#b39ddb", ""),
        ("h-client", "fill", "#c62828", "#ff6b61", ""),
        ("h-server", "fill", "#1558b0", "#6aa9ff", ""),
        ("h-arrow", "fill", "#b4bdc6", "#4d5761", ""),
        ("arrow", "stroke", "#b4bdc6", "#4d5761", "fill:none;stroke-width:1.2"),
        ("arrow-client", "stroke", "#c62828", "#ff6b61", "fill:none;stroke-width:2.6"),
        ("arrow-server", "stroke", "#1558b0", "#6aa9ff", "fill:none;stroke-width:2.6"),
        ("box", "stroke", "#b4bdc6", "#4d5761", "stroke-width:1.2"),
        ("box", "fill", "#f5f7f9", "#1c2127", ""),
        ("box-visited", "stroke", "#3d4650", "#c3cad2", "stroke-width:1.6"),
        ("box-visited", "fill", "#ffffff", "#262d35", ""),
        ("box-client", "stroke", "#c62828", "#ff6b61", "fill:none;stroke-width:2.6"),
        ("box-server", "stroke", "#1558b0", "#6aa9ff", "fill:none;stroke-width:2.6"),
        ("grid", "stroke", "#e3e7eb", "#2b323a", "fill:none;stroke-width:1"),
        ("una", "stroke", "#00796b", "#4db6a5", "fill:none;stroke-width:1.8"),
        ("nxt", "stroke", "#1558b0", "#6aa9ff", "fill:none;stroke-width:2.2"),
        ("again", "stroke", "#c2185b", "#ff7aa8", "fill:none;stroke-width:2.6"),
        ("edge-right", "stroke", "#b25b00", "#f0a04b", "fill:none;stroke-width:1.8"),
        ("cwnd", "stroke", "#7b3fb5", "#b58ae6", "fill:none;stroke-width:1.8"),
        ("flight", "stroke", "#1b1f24", "#e1e5ea", "fill:none;stroke-width:1.6"),

        // Texts across lines: an edge of the paper's colour keeps them legible.
        ("label", "fill", "#5b6570", "#a3adb8", Mono),
        ("label", "stroke", "#ffffff", "#15191e", Edge),
        ("label-client", "fill", "#c62828", "#ff6b61", Mono + ";font-weight:bold"),
        ("label-client", "stroke", "#ffffff", "#15191e", Edge),
        ("label-server", "fill", "#1558b0", "#6aa9ff", Mono + ";font-weight:bold"),
        ("label-server", "stroke", "#ffffff", "#15191e", Edge),
        ("s-listen", "fill", "#9aa5b1", "#7d8894", ""),
        ("s-open", "fill", "#e0a100", "#e6b53c", ""),
        ("s-established", "fill", "#2e9e5b", "#43b874", ""),
        ("s-close", "fill", "#d9772b", "#e68a45", ""),
        ("s-wait", "fill", "#8e6bbf", "#a98bd6", ""),
    ];

    /// <summary>Class names are short words; in the page they get a prefix, so that they do not meet those of a page around the drawing.</summary>
    public static string Class(string names) => "d-" + names.Replace(" ", " d-", StringComparison.Ordinal);

    /// <summary>The rules, with the dark colours behind a media query.</summary>
    public static string Css { get; } = Build();

    private static string Build()
    {
        var css = new System.Text.StringBuilder();
        foreach ((string name, string property, string light, _, string more) in s_rules)
        {
            css.Append(".d-").Append(name).Append('{').Append(property).Append(':').Append(light).Append(more.Length == 0 ? "" : ";" + more).Append('}');
        }

        css.Append(".d-again-line{stroke-dasharray:6 3}.d-under-way{stroke-dasharray:2 4}");
        css.Append("@media (prefers-color-scheme:dark){");
        foreach ((string name, string property, _, string dark, _) in s_rules)
        {
            css.Append(".d-").Append(name).Append('{').Append(property).Append(':').Append(dark).Append('}');
        }

        return css.Append('}').ToString();
    }
}
