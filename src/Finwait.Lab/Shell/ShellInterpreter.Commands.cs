using System.Text;

namespace Finwait.Lab;

/// <content>Single commands.</content>
internal sealed partial class ShellInterpreter
{
    /// <summary>Takes off what changes nothing here, for everybody is root. True if what is left asks for a shell of root's: that is the one there is.</summary>
    private static bool IsRootsShell(List<string> words)
    {
        while (words.Count > 0 && words[0] is "sudo" or "time" or "stdbuf" or "exec" or "command" or "builtin" or "nohup")
        {
            words.RemoveAt(0);
        }

        return words is ["-i" or "-s"] or ["bash" or "sh"] or ["su"] or ["su", "-" or "-l" or "root"] or ["su", "-" or "-l", "root"];
    }

    private IEnumerable<ShellWait> Command(ShellCommand command, ShellStreams streams)
    {
        if (job.TakePause() is { } pause)
        {
            yield return pause;
        }

        var substituted = new Dictionary<ShellSubstitution, string>(ReferenceEqualityComparer.Instance);
        IEnumerable<ShellWord> all = [.. command.Words, .. command.Assignments.Select(assignment => assignment.Value), .. command.Redirections.Select(redirection => redirection.Document?.Text ?? redirection.Target)];
        foreach (ShellWait wait in Substitute(all, streams, substituted))
        {
            yield return wait;
        }

        var expander = new ShellExpander(environment, Host.Files, substituted);
        List<string> words = expander.Expand(command.Words);
        if (Redirect(command.Redirections, expander, ref streams) is { } failed)
        {
            environment.LastStatus = failed;
            yield break;
        }

        if (IsRootsShell(words))
        {
            environment.LastStatus = 0;
            yield break;
        }

        var saved = new List<(string Name, string? Value)>();
        foreach ((string name, ShellWord value) in command.Assignments)
        {
            saved.Add((name, environment.IsSet(name) ? environment.Value(name) : null));
            environment.Set(name, expander.ExpandOne(value));
        }

        if (words.Count == 0)
        {
            environment.LastStatus = substituted.Count > 0 ? environment.LastStatus : 0;
            yield break;
        }

        foreach (ShellWait wait in Invoke(words, streams))
        {
            yield return wait;
        }

        foreach ((string name, string? value) in saved)
        {
            if (value is null)
            {
                environment.Unset(name);
            }
            else
            {
                environment.Set(name, value);
            }
        }
    }

    private IEnumerable<ShellWait> Invoke(List<string> words, ShellStreams streams)
    {
        if (environment.Functions.TryGetValue(words[0], out ShellNode? body))
        {
            return Function(body, words, streams);
        }

        switch (words[0])
        {
            case "read":
                return Read(words, streams);
            case "eval":
                return Evaluate(words, streams);
            case "wait":
                return WaitForJobs(words, streams);
            case "timeout":
                return Timeout(words, streams);
            case "." or "source" when words.Count > 1:
                return Source(words, streams);
            case "sh" or "bash" when words.Count > 2 && words[1] == "-c":
                return Script(words[2], words.Count > 3 ? words[3] : "bash", [.. words.Skip(4)], streams);
            case "sh" or "bash" when words.Count > 1:
                return ScriptFile(words[1], [.. words.Skip(2)], streams);
        }

        if (Builtin(words, streams) is { } status)
        {
            environment.LastStatus = status;
            return [];
        }

        if (Shell.IsProgram(words))
        {
            return Program(words, streams);
        }

        return words[0].Contains('/', StringComparison.Ordinal) && Host.Files.TryRead(words[0], out _) ? ScriptFile(words[0], [.. words.Skip(1)], streams) : Tool(words, streams);
    }

    private IEnumerable<ShellWait> Function(ShellNode body, List<string> words, ShellStreams streams)
    {
        ShellInterpreter inner = Subshell(environment);
        inner._canReturn = true;
        string[] arguments = environment.Arguments;
        environment.Arguments = [.. words.Skip(1)];
        try
        {
            foreach (ShellWait wait in inner.Node(body, streams))
            {
                yield return wait;
            }
        }
        finally
        {
            environment.Arguments = arguments;
        }

        _jump = inner._jump == ShellJump.Exit ? ShellJump.Exit : ShellJump.None;
    }

    private IEnumerable<ShellWait> Evaluate(List<string> words, ShellStreams streams) => List(ShellParser.Parse(string.Join(' ', words.Skip(1)), environment.Aliases), streams);

    private IEnumerable<ShellWait> Source(List<string> words, ShellStreams streams)
    {
        if (!Host.Files.TryRead(words[1], out byte[] content))
        {
            streams.Error.Write($"bash: {words[1]}: No such file or directory\n");
            environment.LastStatus = 1;
            yield break;
        }

        ShellInterpreter inner = Subshell(environment);
        inner._canReturn = true;
        foreach (ShellWait wait in inner.List(ShellParser.Parse(Encoding.UTF8.GetString(content), environment.Aliases), streams))
        {
            yield return wait;
        }
    }

    private IEnumerable<ShellWait> ScriptFile(string file, string[] arguments, ShellStreams streams)
    {
        if (Host.Files.TryRead(file, out byte[] content))
        {
            return Script(Encoding.UTF8.GetString(content), file, arguments, streams);
        }

        streams.Error.Write($"bash: {file}: No such file or directory\n");
        environment.LastStatus = 127;
        return [];
    }

    /// <summary>A script in a shell of its own.</summary>
    private IEnumerable<ShellWait> Script(string text, string name, string[] arguments, ShellStreams streams)
    {
        ShellInterpreter inner = Subshell(environment.Copy());
        (inner.Environment.Arguments, inner.Environment.Name) = (arguments, name);
        ShellItem[] items;
        try
        {
            items = ShellParser.Parse(text);
        }
        catch (ShellSyntaxException error)
        {
            streams.Error.Write($"{name}: {error.Message}\n");
            environment.LastStatus = 2;
            yield break;
        }

        foreach (ShellWait wait in inner.List(items, streams))
        {
            yield return wait;
        }

        environment.LastStatus = inner.Environment.LastStatus;
    }

    private IEnumerable<ShellWait> Program(List<string> words, ShellStreams streams)
    {
        string? text = null;
        if (words is ["python3" or "python"] && !streams.In.IsTerminal)
        {
            yield return new InputWait(streams.In, null, int.MaxValue) { Host = Host };
            text = streams.In.TakeAll();
        }

        if (LabPrograms.Start(Shell, words, text, streams.Out, streams.Error) is not { } process)
        {
            environment.LastStatus = 127;
            yield break;
        }

        job.Add(process);
        try
        {
            yield return new ProcessWait(process, streams.In.IsTerminal ? null : streams.In);
        }
        finally
        {
            process.Terminate(Terminated);
            job.Remove(process);
        }

        bool isLost = streams.Out.Complain(process.Command, streams.Error);
        environment.LastStatus = isLost ? 1 : process.ExitStatus;
        if (job.IsInterrupted && process.ExitStatus == ShellInterruptedException.Status)
        {
            throw new ShellInterruptedException();
        }
    }

    /// <summary>The exit status of what a signal ended: 128 and SIGTERM.</summary>
    public const int Terminated = 143;

    private IEnumerable<ShellWait> Tool(List<string> words, ShellStreams streams)
    {
        ShellInput input = streams.In;
        bool isTyped = input.IsTerminal && TerminalProcess.IsFor(words);
        if (!LabShell.ReadsInput(words) || (input.IsTerminal && !isTyped))
        {
            environment.LastStatus = streams.Out.Deliver(words[0], Shell.RunTool(words, ""), streams.Error);
            yield break;
        }

        TerminalProcess? terminal = isTyped ? ((ShellTerminal)input).Open(words[0]) : null;
        bool byLine = LabShell.WorksByLine(words);
        bool isFirst = true;
        int status = 0;
        while (isFirst || !input.HasEnded || input.Waiting.Length > 0)
        {
            yield return new InputWait(input, terminal, byLine ? 1 : LabShell.LinesWanted(words)) { Host = Host };
            if (terminal is { HasExited: true, ExitStatus: not 0 })
            {
                job.Remove(terminal);
                throw new ShellInterruptedException();
            }

            string text = byLine && !input.HasEnded ? TakeLines(input) : input.TakeAll();
            ToolResult result = LabShell.IsTooMuch(input) ? ToolResult.Failed(1, $"{words[0]}: memory exhausted") : Shell.RunTool(words, text);
            bool isMore = !isFirst && text.Length == 0;
            int one = isMore ? status : streams.Out.Deliver(words[0], result, streams.Error);
            status = isFirst || words[0] is not ("grep" or "egrep" or "fgrep") ? one : Math.Min(status, one);
            isFirst = false;
            if (!byLine)
            {
                break;
            }
        }

        (input as ShellTerminal)?.Close();
        environment.LastStatus = status;
    }

    private static string TakeLines(ShellInput input)
    {
        ReadOnlySpan<char> waiting = input.Waiting;
        string lines = waiting[..(waiting.LastIndexOf('\n') + 1)].ToString();
        input.Take(lines.Length);
        return lines;
    }

    private IEnumerable<ShellWait> WaitForJobs(List<string> words, ShellStreams streams)
    {
        var jobs = new List<ShellJob>();
        foreach (string word in words.Skip(1))
        {
            if ((word.StartsWith('%') ? Shell.Job(word) : Shell.Jobs.FirstOrDefault(each => each.Pid.ToString(System.Globalization.CultureInfo.InvariantCulture) == word)) is { } one)
            {
                jobs.Add(one);
            }
            else
            {
                streams.Error.Write(word.StartsWith('%') ? $"bash: wait: {word}: no such job\n" : $"bash: wait: pid {word} is not a child of this shell\n");
                environment.LastStatus = 127;
                yield break;
            }
        }

        if (words.Count == 1)
        {
            jobs.AddRange(Shell.Jobs.Where(each => each != job && each.IsBackground));
        }

        yield return new JobsWait([.. jobs]);
        environment.LastStatus = words.Count > 1 ? jobs[^1].Status : 0;
    }

    private IEnumerable<ShellWait> Timeout(List<string> words, ShellStreams streams)
    {
        const int TimedOut = 124;
        if (words.Count < 3 || !DurationText.TryParse(words[1], out TimeSpan span))
        {
            streams.Error.Write(words.Count < 3 ? "timeout: missing operand\nTry 'timeout --help' for more information.\n" : $"timeout: invalid time interval ‘{words[1]}’\nTry 'timeout --help' for more information.\n");
            environment.LastStatus = 125;
            yield break;
        }

        ShellInterpreter inner = Subshell(environment.Copy());
        var strand = new ShellStrand(inner.Invoke([.. words.Skip(2)], streams).GetEnumerator());
        try
        {
            yield return new StrandsWait([strand]) { Until = Host.Now + span, Host = Host };
        }
        finally
        {
            strand.Finish();
        }

        environment.LastStatus = strand.WasCut ? TimedOut : inner.Environment.LastStatus;
    }

    private IEnumerable<ShellWait> Read(List<string> words, ShellStreams streams)
    {
        (bool isRaw, string prompt, TimeSpan? limit) = (false, "", null);
        int at = 1;
        for (; at < words.Count && words[at].StartsWith('-') && words[at].Length > 1; at++)
        {
            switch (words[at])
            {
                case "-r" or "-s" or "-rs" or "-sr":
                    isRaw |= words[at].Contains('r', StringComparison.Ordinal);
                    break;
                case "-p" or "-rp" when at + 1 < words.Count:
                    isRaw |= words[at] == "-rp";
                    prompt = words[++at];
                    break;
                case "-t" when at + 1 < words.Count && DurationText.TryParse(words[at + 1], out TimeSpan span):
                    limit = span;
                    at++;
                    break;
                default:
                    streams.Error.Write($"bash: read: {words[at]}: invalid option\nread: usage: read [-rs] [-p prompt] [-t timeout] [name ...]\n");
                    environment.LastStatus = 2;
                    yield break;
            }
        }

        string[] names = at < words.Count ? [.. words.Skip(at)] : ["REPLY"];
        ShellInput input = streams.In;
        TerminalProcess? terminal = (input as ShellTerminal)?.Open("bash");
        if (terminal is not null)
        {
            streams.Error.Write(prompt);
        }

        if (!input.HasLine)
        {
            yield return new InputWait(input, terminal) { Host = Host, Until = limit is { } most ? Host.Now + most : Finwait.Tcp.Instant.Never };
        }

        if (terminal is { HasExited: true, ExitStatus: not 0 })
        {
            job.Remove(terminal);
            throw new ShellInterruptedException();
        }

        const int TimedOut = 142;
        bool isThere = input.HasLine;
        string line = isThere ? input.TakeLine() : "";
        (input as ShellTerminal)?.Close();
        environment.LastStatus = !isThere ? TimedOut : line.EndsWith('\n') ? 0 : 1;
        Share(names, line.TrimEnd('\n'), isRaw);
    }

    /// <summary>Puts the words of a line into variables; the last one gets the rest.</summary>
    private void Share(string[] names, string line, bool isRaw)
    {
        line = isRaw ? line : line.Replace("\\", "", StringComparison.Ordinal);
        string separators = environment.IsSet("IFS") ? environment.Value("IFS") : " \t\n";
        char[] blanks = [.. separators.Where(char.IsWhiteSpace)];
        string rest = names is ["REPLY"] ? line : line.Trim(blanks);
        for (int i = 0; i < names.Length; i++)
        {
            int end = i == names.Length - 1 ? -1 : rest.AsSpan().IndexOfAny(separators);
            environment.Set(names[i], end < 0 ? rest : rest[..end]);
            rest = end < 0 ? "" : rest[(end + 1)..].TrimStart(blanks);
        }
    }
}

/// <summary>Ctrl-C ended a program: what stood behind it is not carried out.</summary>
internal sealed class ShellInterruptedException() : ShellSyntaxException("")
{
    /// <summary>128 and SIGINT.</summary>
    public const int Status = 130;
}
