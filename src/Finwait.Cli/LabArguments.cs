using Finwait.Inspect;
using Finwait.Lab;

namespace Finwait.Cli;

/// <summary>The words and options of <c>finwait lab</c>.</summary>
internal sealed class LabArguments
{
    private const string SeeHelp = "finwait lab --help shows what there is";

    private static readonly (string Option, string Takes)[] s_options =
        [("--seed", "--seed takes a whole number"), ("--out", "--out takes a folder"), ("--html", "--html takes a file"), ("--topology", "--topology takes a file"), ("--student", "--student takes a name")];

    /// <summary>What is no option: a command, a name, a file.</summary>
    public List<string> Words { get; } = [];

    /// <summary>The folder of <c>--out</c>; null if there is none.</summary>
    public string? Folder { get; private set; }

    /// <summary>The file of <c>--html</c>; null if there is none.</summary>
    public string? Page { get; private set; }

    /// <summary><c>--plain</c>: lines instead of windows.</summary>
    public bool IsPlain { get; private set; }

    /// <summary><c>--force</c>: a run that the folder of <c>--out</c> holds already is written over.</summary>
    public bool Force { get; private set; }

    /// <summary>Makes what listens to signals, with Ctrl-C or without; null if nobody does.</summary>
    public Func<bool, EndingSignals>? Signals { get; set; }

    public string? Topology { get; private set; }

    public string? Student { get; private set; }

    public ulong Seed { get; private set; } = 1;

    /// <summary>Reads the arguments.</summary>
    /// <returns>Null if they cannot be used; then <paramref name="complaint"/> says why.</returns>
    public static LabArguments? Read(string[] args, out string complaint)
    {
        var read = new LabArguments();
        complaint = "";
        for (int i = 0; i < args.Length; i++)
        {
            (string name, string? value) = Split(args[i]);
            int known = Array.FindIndex(s_options, option => option.Option == name);
            if (known >= 0)
            {
                value ??= i + 1 < args.Length ? args[++i] : null;
                if (!read.TrySet(name, value))
                {
                    complaint = s_options[known].Takes + (name == "--seed" && value is not null ? $", not '{value}'" : "");
                    return null;
                }
            }
            else if (args[i] is "--plain" or "--force")
            {
                read.IsPlain |= args[i] == "--plain";
                read.Force |= args[i] == "--force";
            }
            else if (name.StartsWith('-'))
            {
                complaint = $"there is no option '{name}'; {Near(name, s_options.Select(option => option.Option).Append("--plain").Append("--force").Append("--help"), SeeHelp)}";
                return null;
            }
            else
            {
                read.Words.Add(args[i]);
            }
        }

        complaint = read.WhyNotTogether();
        return complaint.Length == 0 ? read : null;
    }

    /// <summary>The nearest known word, as a question.</summary>
    public static string Near(string word, IEnumerable<string> known, string otherwise = SeeHelp) => NearestWord.Of(word, known) is { } near ? $"did you mean {near}?" : otherwise;

    /// <summary>Takes <c>--name=value</c> apart.</summary>
    private static (string Name, string? Value) Split(string argument)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        return argument.StartsWith("--", StringComparison.Ordinal) && equals > 0 ? (argument[..equals], argument[(equals + 1)..]) : (argument, null);
    }

    private bool TrySet(string option, string? value)
    {
        if (option == "--seed")
        {
            bool isNumber = ulong.TryParse(value, out ulong seed);
            Seed = isNumber ? seed : Seed;
            return isNumber;
        }

        if (string.IsNullOrWhiteSpace(value))
        {
            return false;
        }

        Folder = option == "--out" ? value : Folder;
        Page = option == "--html" ? value : Page;
        Topology = option == "--topology" ? value : Topology;
        Student = option == "--student" ? value : Student;
        return true;
    }

    private string WhyNotTogether()
    {
        string? own = Topology is not null ? "--topology" : Student is not null ? "--student" : null;
        return own is not null && Words is ["list" or "run", ..] ? $"the scenarios have networks of their own; {own} goes with the lab itself, or with a file of lines"
            : Topology is not null && Student is not null ? "--student has a network of its own: leave out --topology"
            : Folder is not null && Words is ["list" or "grade", ..] ? $"{Words[0]} plays nothing to be left: leave out --out"
            : Page is not null && Words is ["list" or "grade", ..] ? $"{Words[0]} plays nothing to be shown: leave out --html"
            : "";
    }
}
