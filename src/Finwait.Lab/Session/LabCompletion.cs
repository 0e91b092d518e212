using Finwait.Inspect;
using Finwait.Stack;

namespace Finwait.Lab;

/// <content>Completion of what is being typed.</content>
public sealed partial class LabSession
{
    private const int MaxCompletions = 200;

    /// <summary>The words that what was typed can become: commands, hosts, interfaces and files in the shell, names and attributes in Python.</summary>
    /// <param name="kind">Shell or Python; nothing completes what is typed into a program.</param>
    /// <param name="host">The host whose prompt stands there.</param>
    /// <param name="before">The line up to the cursor.</param>
    /// <param name="start">Where in it the word begins that the results replace.</param>
    /// <returns>Whole words, sorted; at most 200.</returns>
    public IReadOnlyList<string> Complete(LabLineKind kind, string host, string before, out int start)
    {
        ArgumentNullException.ThrowIfNull(before);
        start = before.Length;
        int prompt = PromptIn(before, ref kind, ref host);
        if (prompt > 0)
        {
            IReadOnlyList<string> found = Complete(kind, host, before[prompt..], out start);
            start += prompt;
            return found;
        }

        if (Host(host) is not { } at)
        {
            return [];
        }

        IEnumerable<string> known = [];
        switch (kind)
        {
            case LabLineKind.Shell:
                start = before.LastIndexOfAny([' ', '|', ';', '&', '<', '>', '=', '(']) + 1;
                known = ShellWords(at, before[..start].TrimEnd(), before[start..]);
                break;
            case LabLineKind.Python:
                while (start > 0 && (char.IsLetterOrDigit(before[start - 1]) || before[start - 1] is '_' or '.'))
                {
                    start--;
                }

                known = PythonWords(at, before[start..], before[..start]);
                break;
        }

        string begun = before[start..];
        return known.Where(word => word.StartsWith(begun, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal).Take(MaxCompletions).ToList();
    }

    /// <summary>The length of a prompt that was typed in front of a line, as <c>romeo$ </c>; 0 if there is none.</summary>
    private int PromptIn(string before, ref LabLineKind kind, ref string host)
    {
        int end = before.IndexOfAny(['$', '>']);
        if (end <= 0 || end + 1 >= before.Length || before[end + 1] != ' ' || Host(before[..end].TrimStart()) is not { } named)
        {
            return 0;
        }

        (kind, host) = (before[end] == '$' ? LabLineKind.Shell : LabLineKind.Python, named.Name);
        return end + 2;
    }

    private IEnumerable<string> ShellWords(LabHost host, string before, string begun)
    {
        if (before.Length == 0)
        {
            return [.. LabTools.Names, .. LabPrograms.Names, .. CommandNames, .. MachineNames.SelectMany(name => new[] { name + "$", name + ">" })];
        }

        if (before[^1] is '|' or ';' or '&' or '(' || before is "sudo" or "watch" or "help")
        {
            return [.. LabTools.Names, .. LabPrograms.Names];
        }

        string[] words = before.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] last = before[(before.LastIndexOfAny(['|', ';', '&', '(']) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string tool = last is ["sudo", var behind, ..] ? behind : last[0];
        if (ToolFlags.Of(tool) is { Length: > 0 } flags && begun.StartsWith('-'))
        {
            return flags;
        }

        return words[0] switch
        {
            "sysctl" => SysctlTable.Names,
            "network" => LabTopology.Kinds,
            "wait" => ["next"],
            "personality" => [.. MachineNames, .. LabPersonality.Names],
            "isn" => MachineNames,
            "transitions" => ["teardown"],
            "why" => WhyWords,
            "numbers" => ["real", "counted"],
            "packets" or "packet" => DisplayFilter.FieldNames,
            "save" => _machines.SelectMany(each => each.Files.Names.Select(file => $"{each.Name}:{file}")),
            _ => [.. host.Files.Names, .. HostNames, "localhost", .. host.Stack.Interfaces.Select(on => on.Name)],
        };
    }

    private static IEnumerable<string> PythonWords(LabHost host, string begun, string before)
    {
        if (before.TrimEnd() is "import" or "from")
        {
            return PythonProcess.ModuleNames;
        }

        Dictionary<string, object>? globals = host.Python?.Globals;
        int dot = begun.LastIndexOf('.');
        if (dot < 0)
        {
            return [.. globals?.Keys ?? Enumerable.Empty<string>(), .. PythonBuiltins.Create().Keys, .. PythonParser.Keywords];
        }

        string owner = begun[..dot];
        return globals is not null && globals.TryGetValue(owner, out object? value) ? PythonAttributes.Names(value).Select(name => $"{owner}.{name}") : [];
    }
}
