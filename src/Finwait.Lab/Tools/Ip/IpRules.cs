using System.Globalization;

namespace Finwait.Lab;

/// <summary><c>ip rule</c>: the three rules that every Linux machine starts with; the lab's hosts have no others.</summary>
internal static class IpRules
{
    private const int Unknown = 255;

    private static readonly (int Priority, string Table)[] s_rules = [(0, "local"), (32766, "main"), (32767, "default")];

    internal static ToolResult Run(IpCommand.Words words, IpStyle style)
    {
        string command = words.Take() ?? "show";
        return IpCommand.IsShow(command) ? Show(words, style)
            : command is "add" or "delete" or "del" or "flush" or "save" or "restore" ? ToolResult.Failed(1, $"ip: the lab's hosts have one table of routes: rules are not changed here ('ip rule {command}' is not there)")
            : command == "help" ? IpCommand.Help() : IpCommand.UnknownCommand(command, "rule");
    }

    private static ToolResult Show(IpCommand.Words words, IpStyle style)
    {
        string? table = null;
        while (words.Take() is { } word)
        {
            if (word is not ("table" or "lookup"))
            {
                return ToolResult.Failed(1, $"ip: the lab's rules are chosen by table: '{word}' is not there");
            }

            table = words.Take();
            if (table is null)
            {
                return IpChanges.Incomplete();
            }

            if (table is not ("local" or "main" or "default" or "all") && !uint.TryParse(table, out _))
            {
                return ToolResult.Failed(Unknown, $"Error: argument \"{table}\" is wrong: table id value is invalid\n");
            }

            table = table switch { "255" => "local", "254" => "main", "253" => "default", "all" => null, _ => table };
        }

        // IPv6 has no table of this name.
        var rules = s_rules.Where(rule => (style.OnlyV6 != true || rule.Table != "default") && (table is null || table == rule.Table)).ToArray();
        return ToolResult.Done(style.Json
            ? IpJson.List(rules.Select(rule => new IpJson.Members { { "priority", rule.Priority }, { "src", "all" }, { "table", rule.Table }, { "protocol", style.Details ? "kernel" : null } }), style)
            : string.Concat(rules.Select(rule => string.Create(CultureInfo.InvariantCulture, $"{rule.Priority}:\tfrom all lookup {rule.Table}{(style.Details ? " proto kernel" : "")}\n"))));
    }
}
