using System.Text;

namespace Finwait.Lab;

/// <content>The commands that bash itself is and that change what it remembers.</content>
internal sealed partial class ShellInterpreter
{
    /// <summary>Names of the commands of this shell itself, for help and completion.</summary>
    public static IReadOnlyList<string> BuiltinNames { get; } =
        ["[", "alias", "break", "continue", "eval", "exit", "let", "local", "read", "readonly", "return", "set", "shift", "source", "test", "timeout", "type", "unalias", "unset", "wait"];

    /// <summary>Runs a builtin. Its exit status; null if the command is none.</summary>
    private int? Builtin(List<string> words, ShellStreams streams)
    {
        switch (words[0])
        {
            case ":":
                return 0;
            case "test" or "[":
                (int status, string error) = TestCommand.Single(words, Host.Files);
                streams.Error.Write(error);
                return status;
            case "break" or "continue":
                return Jump(words, streams);
            case "return" or "exit":
                return Leave(words, streams);
            case "shift":
                return Shift(words, streams);
            case "export" or "declare" or "typeset" or "local" or "readonly":
                return Declare(words, streams);
            case "unset":
                foreach (string name in words.Skip(1).Where(word => !word.StartsWith('-')))
                {
                    _ = environment.ReadOnly.Contains(name) ? throw new ShellSyntaxException($"unset: {name}: cannot unset: readonly variable") : environment.Functions.Remove(name);
                    environment.Unset(name);
                }

                return 0;
            case "set":
                return Set(words, streams);
            case "let":
                return Let(words);
            case "alias" or "unalias":
                return Alias(words, streams);
            case "type" or "which":
                return Type(words, streams);
            case "trap":
                streams.Error.Write("bash: trap: the lab's shell has no traps\n");
                return 1;
            case "shopt" or "hash" or "umask" or "ulimit":
                return 0;
            default:
                return null;
        }
    }

    private int Jump(List<string> words, ShellStreams streams)
    {
        if (_loops == 0)
        {
            streams.Error.Write($"bash: {words[0]}: only meaningful in a `for', `while', or `until' loop\n");
            return 0;
        }

        int levels = 1;
        if (words.Count > 1)
        {
            if (Number(words[0], words[1], streams) is not { } given)
            {
                return 128;
            }

            levels = given;
        }

        if (levels < 1)
        {
            streams.Error.Write($"bash: {words[0]}: {words[1]}: loop count out of range\n");
            return 1;
        }

        _jump = words[0] == "break" ? ShellJump.Break : ShellJump.Continue;
        _jumpLevels = Math.Min(levels, _loops);
        return 0;
    }

    private int Leave(List<string> words, ShellStreams streams)
    {
        if (words[0] == "return" && !_canReturn)
        {
            streams.Error.Write("bash: return: can only `return' from a function or sourced script\n");
            return 2;
        }

        int status = words.Count > 1 ? Number(words[0], words[1], streams) ?? 2 : environment.LastStatus;
        _jump = words[0] == "exit" ? ShellJump.Exit : ShellJump.Return;
        return status & 0xFF;
    }

    private int Shift(List<string> words, ShellStreams streams)
    {
        int count = words.Count > 1 ? Number("shift", words[1], streams) ?? -1 : 1;
        if (count < 0 || count > environment.Arguments.Length)
        {
            return 1;
        }

        environment.Arguments = environment.Arguments[count..];
        return 0;
    }

    private int Declare(List<string> words, ShellStreams streams)
    {
        int status = 0;
        foreach (string word in words.Skip(1).Where(word => !word.StartsWith('-')))
        {
            int equals = word.IndexOf('=');
            string name = equals < 0 ? word : word[..equals];
            if (!ShellLexer.IsName(name))
            {
                streams.Error.Write($"bash: {words[0]}: `{word}': not a valid identifier\n");
                status = 1;
                continue;
            }

            if (equals >= 0)
            {
                environment.Set(name, word[(equals + 1)..]);
            }

            if (words[0] == "readonly")
            {
                environment.ReadOnly.Add(name);
            }
        }

        if (words.Count == 1)
        {
            streams.Out.Write(string.Concat(environment.All.Select(entry => $"declare -x {entry.Name}=\"{entry.Value}\"\n")));
        }

        return status;
    }

    private int Set(List<string> words, ShellStreams streams)
    {
        if (words.Count == 1)
        {
            streams.Out.Write(string.Concat(environment.All.Select(entry => $"{entry.Name}={Quoted(entry.Value)}\n")));
        }
        else if (words[1] == "--" || words[1][0] is not ('-' or '+'))
        {
            environment.Arguments = [.. words.Skip(words[1] == "--" ? 2 : 1)];
        }

        return 0; // set -e, -x and their like change nothing here
    }

    private static string Quoted(string value) => value.Length > 0 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '/' or '.' or '-' or ':') ? value : $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private int Let(List<string> words)
    {
        long value = 0;
        foreach (string word in words.Skip(1))
        {
            value = ShellArithmetic.Evaluate(word, environment.Value, environment.Set);
        }

        return value != 0 ? 0 : 1;
    }

    private int Alias(List<string> words, ShellStreams streams)
    {
        int status = 0;
        var output = new StringBuilder();
        foreach (string word in words.Count > 1 || words[0] == "unalias" ? words.Skip(1) : environment.Aliases.Keys.Order(StringComparer.Ordinal))
        {
            int equals = word.IndexOf('=');
            if (words[0] == "unalias" ? word != "-a" && !environment.Aliases.Remove(word) : equals < 1 && !environment.Aliases.ContainsKey(word))
            {
                streams.Error.Write($"bash: {words[0]}: {word}: not found\n");
                status = 1;
            }
            else if (words[0] == "unalias" && word == "-a")
            {
                environment.Aliases.Clear();
            }
            else if (equals > 0)
            {
                environment.Aliases[word[..equals]] = word[(equals + 1)..];
            }
            else if (words[0] == "alias")
            {
                output.Append("alias ").Append(word).Append("='").Append(environment.Aliases[word]).Append("'\n");
            }
        }

        streams.Out.Write(output.ToString());
        return status;
    }

    private int Type(List<string> words, ShellStreams streams)
    {
        int status = 0;
        foreach (string word in words.Skip(1).Where(word => !word.StartsWith('-')))
        {
            bool isBuiltin = BuiltinNames.Contains(word) || LabTools.IsBuiltIn(word);
            bool isCommand = LabTools.Names.Contains(word) || LabPrograms.Names.Contains(word);
            string path = $"/usr/bin/{word}";
            string? text = words[0] == "which" ? (isCommand && !isBuiltin ? path : null)
                : environment.Aliases.TryGetValue(word, out string? value) ? $"{word} is aliased to `{value}'" : environment.Functions.ContainsKey(word) ? $"{word} is a function"
                : isBuiltin ? $"{word} is a shell builtin" : isCommand ? $"{word} is {path}" : null;
            if (text is null && words[0] == "type")
            {
                streams.Error.Write($"bash: type: {word}: not found\n");
            }

            streams.Out.Write(text is null ? "" : text + "\n");
            status = text is null ? 1 : status;
        }

        return status;
    }
}
