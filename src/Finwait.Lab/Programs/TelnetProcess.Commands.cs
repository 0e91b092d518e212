namespace Finwait.Lab;

/// <summary>telnet's command mode: what is typed behind <c>telnet&gt;</c>.</summary>
internal sealed partial class TelnetProcess
{
    private const string NeedsConnection = "?Need to be connected first.\n";

    private readonly Dictionary<string, bool> _switches = TelnetTexts.Switches.ToDictionary(each => each.Name, each => each.IsOn, StringComparer.Ordinal);
    private bool _asksWhereTo;

    private void EnterCommandMode()
    {
        _isCommanding = true;
        _output.Write(Prompt);
    }

    /// <summary>A line in command mode; words may be shortened. What goes wrong leaves it there, what goes well leads back to the connection.</summary>
    private void Obey(string line)
    {
        string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (_asksWhereTo)
        {
            words = ["open", .. words];
        }
        else if (_isConnected && words is [var only] && _escape.Find(only, out int length) == 0 && length == only.Length)
        {
            return; // the escape, typed once more than needed
        }

        _asksWhereTo = false;
        _isCommanding = false;
        bool isDone = Carry(words);
        if (!HasExited && !_asksWhereTo && !_isCommanding && (isDone ? !_isConnected && _socket < 0 : true))
        {
            EnterCommandMode();
        }
    }

    private bool Carry(string[] words)
    {
        if (words.Length == 0)
        {
            return true;
        }

        string first = words[0].StartsWith('!') ? "!" : words[0];
        int count = TelnetTexts.Find(first, out string command);
        switch (command)
        {
            case "close" or "logout" when !_isConnected:
                return Say(NeedsConnection);
            case "close":
                LoseConnection("Connection closed.", 0);
                return true;
            case "logout":
                Enqueue(TelnetProtocol.DoLogout);
                return true;
            case "open":
                return OpenAgain(words);
            case "quit":
                LoseConnection(_isConnected ? "Connection closed." : null, 0);
                Exit(0);
                return true;
            case "send":
                return SendSpecials(words[1..]);
            case "status":
                _output.Write(StatusText());
                return true;
            case "?":
                return Say(TelnetTexts.Help(words[1..]));
            case "mode":
                return Mode(words);
            case "set" or "unset" or "toggle":
                return Set(command, words[1..]);
            case "display":
                return Display(words[1..]);
            case "z":
                return Say("telnet: the lab's telnet cannot be suspended: other commands have a window of their own\n");
            case "!":
                return Say("telnet: the lab's telnet has no subshell: other commands have a window of their own\n");
            case "":
                return Say(count > 1 ? "?Ambiguous command\n" : "?Invalid command\n");
            default:
                return Say($"telnet: the lab's telnet does not have {command}\n");
        }
    }

    /// <summary>Prints why nothing was done.</summary>
    private bool Say(string text)
    {
        _output.Write(text);
        return false;
    }

    private bool OpenAgain(string[] words)
    {
        if (_isConnected)
        {
            return Say($"?Already connected to {_name}\n");
        }

        if (words.Length == 1)
        {
            _asksWhereTo = _isCommanding = true;
            _output.Write("(to) ");
            return true;
        }

        if (TelnetOptions.ParseOpen(words[1..]) is not { } options)
        {
            return Say("usage: open [-4] [-6] [-l user] [-b addr] [-a] host-name [port]\n");
        }

        return TryOpen(options);
    }

    private string StatusText()
    {
        if (!_isConnected)
        {
            return $"No connection.\nEscape character is '{_escape}'.\n";
        }

        string mode = _protocol.HasLineMode
            ? $"Operating with LINEMODE option\n{(_protocol.EditsLines ? "Local" : "No")} line editing\n{(_protocol.EditsLines ? "Local" : "No")} catching of signals\nSpecial characters are local values\n{(_protocol.IsEchoed ? "Remote" : "Local")} character echo\n{(_protocol.HasFlowControl ? "No flow control\n" : "")}"
            : "Operating in obsolete linemode\nLocal character echo\n";
        return $"Connected to {_name}.\n{mode}Escape character is '{_escape}'.\n";
    }

    private bool Mode(string[] words)
    {
        switch (words.Length > 1 ? words[1] : "")
        {
            case "":
                return Say("'mode' command requires an argument\n'mode ?' for help.\n");
            case "line" or "character" when !_isConnected:
                return Say(NeedsConnection + "'mode ?' for help.\n");
            case "line":
                Enqueue(_protocol.OfferLineMode());
                return true;
            case "character" or "isig" or "-isig" or "edit" or "-edit" or "softtabs" or "-softtabs" or "litecho" or "-litecho":
                return Say($"telnet: the lab's telnet does not have mode {words[1]}: what is typed is sent line by line\n");
            case "?":
                return Say("format is:  'mode Mode', where 'Mode' is one of:\n\nline            Enable LINEMODE option\n                (or enable obsolete line-by-line mode)\n\n?               Print help information\n");
            default:
                return Say($"Unknown mode '{words[1]}' ('mode ?' for help).\n");
        }
    }

    private bool Set(string command, string[] words)
    {
        if (words.Length == 0)
        {
            return Say(command == "set" ? "Format is 'set Name Value'\n'set ?' for help.\n" : $"Need an argument to '{command}' command.  '{command} ?' for help.\n");
        }

        if (words[0] == "?")
        {
            return Say(string.Concat(TelnetTexts.Switches.Select(each => $"{each.Name,-16}{(command == "set" ? "enable" : command == "unset" ? "disable" : "toggle")}: {each.Text}\n")) + (command == "toggle" ? "" : "escape          character to escape back to telnet command mode\n"));
        }

        string[] known = [.. _switches.Keys, .. TelnetTexts.Missing, .. command == "toggle" ? Array.Empty<string>() : ["escape"]];
        string[] found = known.Contains(words[0]) ? [words[0]] : [.. known.Where(name => name.StartsWith(words[0], StringComparison.Ordinal))];
        if (found.Length != 1)
        {
            return Say($"'{words[0]}': {(found.Length == 0 ? "unknown" : "ambiguous")} argument ('{command} ?' for help).\n");
        }

        if (found[0] == "escape")
        {
            if (command == "set" && words.Length == 1)
            {
                return Say("Format is 'set Name Value'\n'set ?' for help.\n");
            }

            _escape = command == "set" ? TelnetEscape.Parse(words[1]) : TelnetEscape.Off;
            _output.Write($"escape character is '{_escape}'.\n");
            return true;
        }

        if (!_switches.TryGetValue(found[0], out bool isOn))
        {
            return Say($"telnet: the lab's telnet does not have {command} {found[0]}\n");
        }

        _switches[found[0]] = command == "toggle" ? !isOn : command == "set" && (words.Length == 1 || words[1] == "on");
        _output.Write(TelnetTexts.Say(found[0], _switches[found[0]]));
        return command == "set" || words.Length == 1 || Set(command, words[1..]);
    }

    private bool Display(string[] words)
    {
        if (words.Length == 0)
        {
            string switches = string.Concat(TelnetTexts.Switches.Where(each => each.Name != "crlf").Select(each => $"{(_switches[each.Name] ? "will" : "won't")} {each.Text}.\n"));
            _output.Write($"{switches}\nescape          [{_escape}]\n");
            return true;
        }

        foreach (string word in words)
        {
            if (word == "escape")
            {
                _output.Write($"escape          [{_escape}]\n");
            }
            else if (!_switches.ContainsKey(word))
            {
                return Say(TelnetTexts.Missing.Contains(word) ? $"telnet: the lab's telnet does not have display {word}\n" : $"?Unknown argument '{word}'.\n");
            }
        }

        return true;
    }

    /// <summary>All words are looked at before the first of them is sent.</summary>
    private bool SendSpecials(string[] words)
    {
        if (words.Length == 0)
        {
            return Say("need at least one argument for 'send' command\n'send ?' for help\n");
        }

        if (words[0] == "?")
        {
            return Say(TelnetTexts.SendHelp);
        }

        List<byte> octets = [];
        int mark = -1;
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i];
            if (word is "do" or "dont" or "will" or "wont")
            {
                string? option = i + 1 < words.Length ? words[++i] : null;
                if (option is null || TelnetProtocol.Negotiation(word, option) is not { } request)
                {
                    return Say(option is null ? $"Need 1 argument to 'send {word}' command.  'send {word} ?' for help.\n"
                        : $"'{option}': {(char.IsAsciiDigit(option[0]) ? "bad value" : "unknown argument")} ('send {word} ?' for help).\n");
                }

                octets.AddRange(request);
                continue;
            }

            if (word is not "escape" && TelnetProtocol.Special(word) is null)
            {
                return Say($"Unknown send argument '{word}'\n'send ?' for help.\n");
            }

            mark = word == "synch" ? octets.Count : mark;
            octets.AddRange(word == "escape" ? _escape.Character is { } character ? [(byte)character] : [] : TelnetProtocol.Special(word) ?? []);
        }

        if (!_isConnected)
        {
            return Say(NeedsConnection);
        }

        if (words.Contains("getstatus") && !_protocol.KnowsStatus)
        {
            return Say("Remote side does not support STATUS option\n");
        }

        _urgentAt = mark >= 0 ? _toSend.Count + mark : _urgentAt;
        Enqueue([.. octets]);
        return true;
    }
}
