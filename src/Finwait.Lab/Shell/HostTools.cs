namespace Finwait.Lab;

/// <summary>The commands that print or change what the host is, ss, lsof, iptables, ip and their like, and those that work on text behind a pipe.</summary>
internal static class HostTools
{
    /// <summary>Their names, for help.</summary>
    public static IEnumerable<string> Names => ["arp", "dmesg", "ss", "netstat", "lsof", "iptables", "ip6tables", "iptables-save", "iptables-restore", "gcc", "ip", "ifconfig", "route", "tc", .. TextTools.Programs];

    /// <summary>Runs one. False if the command is none of these.</summary>
    public static bool TryRun(LabShell shell, string name, string[] arguments, string input, out ToolResult result)
    {
        LabHost host = shell.Host;
        ToolContext context = Context(shell);
        switch (name)
        {
            case "ss":
                result = SsCommand.Run(arguments, host.SocketRows, Context(shell, host.ListedNames), Around(shell));
                return true;
            case "netstat":
                result = NetstatCommand.Run(arguments, host.Stack, host.SocketRows, context);
                return true;
            case "arp":
                result = ArpCommand.Run(Interfaces(host, arguments), host, host.Stack, context, file => shell.Read(file, out string? text) ? text : null);
                return true;
            case "tc":
                result = TcCommand.Run(Interfaces(host, arguments), host.Stack, host.Queues);
                return true;
            case "route":
                result = RouteCommand.Run(Interfaces(host, arguments), host, host.Stack, context);
                return true;
            case "dmesg":
                result = DmesgCommand.Run(arguments, host.Stack, host.Epoch / 1_000_000);
                return true;
            case "lsof":
                result = LsofCommand.Run(arguments, host.SocketRows, context);
                return true;
            case var _ when IptablesCommand.IsProgram(name):
                result = IptablesCommand.Run(name, arguments, host.Stack.Filter, host.Stack.Filter6, context, input);
                return true;
            case "gcc" or "cc":
                result = CCompiler.Run(name, arguments, host.Files);
                return true;
            case "ip":
                result = IpCommand.Run(Interfaces(host, arguments), host.Stack, context);
                return true;
            case "ifconfig":
                result = IfconfigCommand.Run(Interfaces(host, arguments), host.Stack);
                return true;
            case var _ when TextTools.IsProgram(name):
                result = TextTools.Run(name, arguments, input, file => shell.Read(file, out string? text) ? text : null);
                return true;
            default:
                result = default;
                return false;
        }
    }

    /// <summary>A document's <c>EXPIFACE1</c>, with or without an alias behind a colon, stands for the host's own interface.</summary>
    private static string[] Interfaces(LabHost host, string[] arguments) => Array.ConvertAll(arguments, word =>
    {
        string name = word.Split(':')[0];
        return name is "EXPIFACE1" && host.FindInterface(name) is { } found ? found.Name + word[name.Length..] : word;
    });

    private static SsHost Around(LabShell shell) => new(
        ((LabSockets)shell.Host.Sockets).Destroy, file => shell.Read(file, out string? text) ? text : null, name => shell.Host.FindInterface(name) is not null);

    private static ToolContext Context(LabShell shell, ToolNames? names = null) => new()
    {
        Now = shell.Host.Now,
        TerminalWidth = null, // a transcript is the same whatever terminal it was made on
        UnixSeconds = (shell.Host.Epoch + shell.Host.Now.Microseconds) / 1_000_000,
        Names = names ?? shell.Host.ToolNames,
        QueueOf = name => shell.Host.FindInterface(name) is { } on && shell.Host.Queues.GetValueOrDefault(on) is { Netem: not null } ? "netem" : null,
    };
}
