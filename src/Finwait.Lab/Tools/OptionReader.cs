namespace Finwait.Lab;

/// <summary>One option that a tool knows.</summary>
/// <param name="Letter">Its short form; <c>'\0'</c> if it has none.</param>
/// <param name="Word">Its long form without the dashes; empty if it has none.</param>
/// <param name="TakesValue">True if a value follows.</param>
internal readonly record struct ToolOption(char Letter, string Word, bool TakesValue = false);

/// <summary>Reads a command line the way GNU's getopt does: clusters of letters, values joined or following, long words and their
/// clear beginnings, operands anywhere, <c>--</c> ends the options.</summary>
internal sealed class OptionReader
{
    private readonly List<(ToolOption Option, string Value)> _options = [];
    private readonly List<string> _operands = [];

    private OptionReader()
    {
    }

    internal IReadOnlyList<(ToolOption Option, string Value)> Options => _options;

    internal IReadOnlyList<string> Operands => _operands;

    /// <summary>Reads the words behind the tool's name.</summary>
    /// <param name="tool">Name for the error text.</param>
    /// <param name="words">The words.</param>
    /// <param name="known">The options the tool knows.</param>
    /// <param name="result">What was read.</param>
    /// <param name="error">One line without a newline, if false is returned.</param>
    internal static bool TryRead(string tool, IReadOnlyList<string> words, ReadOnlySpan<ToolOption> known, out OptionReader result, out string error)
    {
        result = new();
        error = "";
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            if (word == "--")
            {
                for (i++; i < words.Count; i++)
                {
                    result._operands.Add(words[i]);
                }
            }
            else if (word.StartsWith("--", StringComparison.Ordinal))
            {
                if (!result.ReadLong(tool, words, ref i, known, ref error))
                {
                    return false;
                }
            }
            else if (word.Length > 1 && word[0] == '-')
            {
                if (!result.ReadCluster(tool, words, ref i, known, ref error))
                {
                    return false;
                }
            }
            else
            {
                result._operands.Add(word);
            }
        }

        return true;
    }

    private bool ReadCluster(string tool, IReadOnlyList<string> words, ref int i, ReadOnlySpan<ToolOption> known, ref string error)
    {
        string word = words[i];
        for (int at = 1; at < word.Length; at++)
        {
            if (!TryFindLetter(known, word[at], out ToolOption option))
            {
                error = $"{tool}: invalid option -- '{word[at]}'";
                return false;
            }

            if (!option.TakesValue)
            {
                _options.Add((option, ""));
                continue;
            }

            if (at + 1 < word.Length)
            {
                _options.Add((option, word[(at + 1)..]));
            }
            else if (i + 1 < words.Count)
            {
                _options.Add((option, words[++i]));
            }
            else
            {
                error = $"{tool}: option requires an argument -- '{word[at]}'";
                return false;
            }

            return true;
        }

        return true;
    }

    private bool ReadLong(string tool, IReadOnlyList<string> words, ref int i, ReadOnlySpan<ToolOption> known, ref string error)
    {
        string word = words[i];
        int equals = word.IndexOf('=');
        string name = equals < 0 ? word[2..] : word[2..equals];
        int matches = TryFindWord(known, name, out ToolOption option);
        if (matches != 1)
        {
            error = matches == 0 ? $"{tool}: unrecognized option '--{name}'" : $"{tool}: option '--{name}' is ambiguous";
            return false;
        }

        if (!option.TakesValue)
        {
            if (equals >= 0)
            {
                error = $"{tool}: option '--{option.Word}' doesn't allow an argument";
                return false;
            }

            _options.Add((option, ""));
            return true;
        }

        if (equals >= 0)
        {
            _options.Add((option, word[(equals + 1)..]));
        }
        else if (i + 1 < words.Count)
        {
            _options.Add((option, words[++i]));
        }
        else
        {
            error = $"{tool}: option '--{option.Word}' requires an argument";
            return false;
        }

        return true;
    }

    private static bool TryFindLetter(ReadOnlySpan<ToolOption> known, char letter, out ToolOption found)
    {
        foreach (ToolOption option in known)
        {
            if (option.Letter == letter && letter != '\0')
            {
                found = option;
                return true;
            }
        }

        found = default;
        return false;
    }

    private static int TryFindWord(ReadOnlySpan<ToolOption> known, string name, out ToolOption found)
    {
        found = default;
        int matches = 0;
        foreach (ToolOption option in known)
        {
            if (option.Word.Length == 0 || !option.Word.StartsWith(name, StringComparison.Ordinal))
            {
                continue;
            }

            if (option.Word.Length == name.Length)
            {
                found = option;
                return 1;
            }

            found = option;
            matches++;
        }

        return name.Length == 0 ? 0 : matches;
    }
}
