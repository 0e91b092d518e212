using System.Text;

namespace Finwait.Lab;

/// <summary>What telnet's command mode explains and shows.</summary>
internal static class TelnetTexts
{
    /// <summary>The commands, in the order of the help.</summary>
    public static readonly (string Name, string Text)[] Commands =
    [
        ("close", "close current connection"), ("logout", "forcibly logout remote user and close the connection"), ("display", "display operating parameters"),
        ("mode", "try to enter line or character mode ('mode ?' for more)"), ("open", "connect to a site"), ("quit", "exit telnet"), ("send", "transmit special characters ('send ?' for more)"),
        ("set", "set operating parameters ('set ?' for more)"), ("unset", "unset operating parameters ('unset ?' for more)"), ("status", "print status information"),
        ("toggle", "toggle operating parameters ('toggle ?' for more)"), ("slc", "change state of special characters ('slc ?' for more)"), ("auth", "turn on (off) authentication ('auth ?' for more)"),
        ("encrypt", "turn on (off) encryption ('encrypt ?' for more)"), ("z", "suspend telnet"), ("!", "invoke a subshell"), ("environ", "change environment variables ('environ ?' for more)"),
        ("?", "print help information"),
    ];

    /// <summary>The words of <c>send</c>.</summary>
    public const string SendHelp = """
        ao              Send Telnet Abort output
        ayt             Send Telnet 'Are You There'
        brk             Send Telnet Break
        ec              Send Telnet Erase Character
        el              Send Telnet Erase Line
        escape          Send current escape character
        ga              Send Telnet 'Go Ahead' sequence
        ip              Send Telnet Interrupt Process
        nop             Send Telnet 'No operation'
        eor             Send Telnet 'End of Record'
        abort           Send Telnet 'Abort Process'
        susp            Send Telnet 'Suspend Process'
        eof             Send Telnet End of File Character
        synch           Perform Telnet 'Synch operation'
        getstatus       Send request for STATUS
        ?               Display send options

        """;

    /// <summary>What is on or off: its name, what it does, and what it is here unless it is changed.</summary>
    public static readonly (string Name, string Text, bool IsOn)[] Switches =
    [
        ("autoflush", "flush output when sending interrupt characters", true), ("autologin", "send login name and/or authentication information", false), ("skiprc", "skip reading of ~/.telnetrc file", false),
        ("crlf", "send carriage returns as telnet <CR><LF>", false), ("debug", "turn on socket level debugging", false),
    ];

    /// <summary>What changes nothing in line mode, or needs a terminal that the lab has not.</summary>
    public static readonly string[] Missing =
    [
        "echo", "rlogin", "tracefile", "flushoutput", "interrupt", "quit", "eof", "erase", "kill", "lnext", "susp", "reprint", "worderase", "start", "stop", "forw1", "forw2", "ayt", "autosynch", "authdebug",
        "autoencrypt", "autodecrypt", "verbose_encrypt", "encdebug", "binary", "inbinary", "outbinary", "crmod", "localchars", "netdata", "prettydump", "options", "termdata",
    ];

    /// <summary>The one command that a word stands for.</summary>
    /// <param name="word">Its name, or a beginning of it.</param>
    /// <param name="name">The name; <c>?</c> for help.</param>
    /// <returns>How many commands begin so; 1 if one is meant.</returns>
    public static int Find(string word, out string name)
    {
        string[] found = [.. Commands.Select(command => command.Name).Append("help").Where(each => word.Length > 0 && each.StartsWith(word, StringComparison.Ordinal))];
        name = found.Contains(word) ? word : found.Length == 1 ? found[0] : "";
        name = name == "help" ? "?" : name;
        return name.Length > 0 ? 1 : found.Length;
    }

    /// <summary><c>?</c> with and without a word behind it.</summary>
    public static string Help(string[] words)
    {
        var text = new StringBuilder();
        if (words.Length == 0)
        {
            text.Append("Commands may be abbreviated.  Commands are:\n\n");
            foreach ((string name, string what) in Commands)
            {
                text.Append($"{name,-8}\t{what}\n");
            }
        }

        foreach (string word in words)
        {
            int count = Find(word, out string name);
            text.Append(count == 1 ? Array.Find(Commands, command => command.Name == name).Text : count == 0 ? $"?Invalid help command {word}" : $"?Ambiguous help command {word}").Append('\n');
        }

        return text.ToString();
    }

    /// <summary>How a switch stands, as it is said when it is changed.</summary>
    public static string Say(string name, bool isOn) => name == "crlf"
        ? $"Will send carriage returns as telnet {(isOn ? "<CR><LF>" : "<CR><NUL>")}.\n"
        : $"{(isOn ? "Will" : "Won't")} {Array.Find(Switches, each => each.Name == name).Text}.\n";
}
