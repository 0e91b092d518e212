using System.Text;

namespace Finwait.Lab;

/// <summary>A small awk: patterns, print and printf, fields, variables, arrays, if and for-in; what it does not know it names.</summary>
internal static class AwkCommand
{
    /// <summary>Most characters one value or the whole output may have: a program that doubles a string on every line ends here.</summary>
    internal const int MaxText = 16 * 1024 * 1024;

    internal static ToolResult Run(IReadOnlyList<string> arguments, string input, Func<string, string?>? readFile)
    {
        string separator = " ";
        List<(string Name, string Value)> variables = [];
        int at = 0;
        while (at < arguments.Count && arguments[at].Length > 1 && arguments[at][0] == '-')
        {
            string word = arguments[at++];
            if (word == "--")
            {
                break;
            }

            if (word[1] is not ('F' or 'v'))
            {
                return ToolResult.Failed(ToolResult.WrongUsage, $"awk: option '{word}' is not supported; -F and -v are");
            }

            string value = word[2..];
            if (value.Length == 0)
            {
                if (at == arguments.Count)
                {
                    return ToolResult.Failed(ToolResult.WrongUsage, $"awk: option requires an argument -- '{word[1]}'");
                }

                value = arguments[at++];
            }

            int equals = value.IndexOf('=');
            if (word[1] == 'F')
            {
                separator = value == "t" ? "\t" : Unescape(value);
            }
            else if (equals <= 0)
            {
                return ToolResult.Failed(ToolResult.WrongUsage, $"awk: '{value}' is not NAME=VALUE");
            }
            else
            {
                variables.Add((value[..equals], Unescape(value[(equals + 1)..])));
            }
        }

        if (at == arguments.Count)
        {
            return ToolResult.Failed(ToolResult.WrongUsage, "usage: awk [-F SEPARATOR] [-v NAME=VALUE] 'PROGRAM' [FILE]...");
        }

        if (!AwkParser.TryParse(arguments[at++], out AwkProgram program, out string error))
        {
            return ToolResult.Failed(ToolResult.WrongUsage, "awk: " + error);
        }

        if (!TextTools.TryReadAll("awk", [.. arguments.Skip(at)], input, readFile, out string text, out ToolResult failure))
        {
            return failure;
        }

        return Execute(program, separator, variables, text);
    }

    private static ToolResult Execute(AwkProgram program, string separator, List<(string Name, string Value)> variables, string text)
    {
        AwkState state = new();
        state.Set("FS", AwkValue.OfText(separator));
        foreach ((string name, string value) in variables)
        {
            state.Set(name, AwkValue.OfInput(value));
        }

        try
        {
            program.Run(state, TextTools.Lines(text));
        }
        catch (AwkException exception)
        {
            return new(ToolResult.WrongUsage, state.Output.ToString(), $"awk: {exception.Message}\n");
        }

        return new(state.ExitStatus, state.Output.ToString(), "");
    }

    /// <summary>Backslash escapes of strings.</summary>
    internal static string Unescape(string text)
    {
        if (!text.Contains('\\'))
        {
            return text;
        }

        StringBuilder plain = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                plain.Append(text[i]);
                continue;
            }

            i++;
            plain.Append(text[i] switch { 'n' => "\n", 't' => "\t", 'r' => "\r", '\\' => "\\", '"' => "\"", '/' => "/", _ => "\\" + text[i] });
        }

        return plain.ToString();
    }
}

/// <summary>A fault while a program runs; its message is one line.</summary>
internal sealed class AwkException(string message) : Exception(message);
