using System.Globalization;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>Where a command reads and writes.</summary>
/// <param name="In">Standard input.</param>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal readonly record struct ShellStreams(ShellInput In, ShellSink Out, ShellSink Error);

/// <summary>How a list was left before its end.</summary>
internal enum ShellJump : byte
{
    None,
    Break,
    Continue,
    Return,
    Exit,
}

/// <summary>Carries out what the parser read, command by command; wherever something has to be waited for it stops and goes on later.</summary>
/// <param name="job">The line it runs for.</param>
/// <param name="environment">Variables and functions.</param>
/// <param name="depth">Shells, functions and substitutions inside each other.</param>
internal sealed partial class ShellInterpreter(ShellJob job, ShellEnvironment environment, int depth = 0)
{
    /// <summary>Shells, functions and substitutions inside each other.</summary>
    private const int MaxDepth = 40;

    private ShellJump _jump;
    private int _jumpLevels;
    private int _loops;
    private bool _canReturn;

    private LabShell Shell => job.Shell;

    private LabHost Host => job.Shell.Host;

    /// <summary>Variables and functions.</summary>
    public ShellEnvironment Environment => environment;

    private ShellInterpreter Subshell(ShellEnvironment of) =>
        depth < MaxDepth ? new ShellInterpreter(job, of, depth + 1) : throw new ShellSyntaxException("too deeply nested");

    private bool Leaves => _jump != ShellJump.None;

    /// <summary>Items one after the other.</summary>
    public IEnumerable<ShellWait> List(ShellItem[] items, ShellStreams streams)
    {
        foreach (ShellItem item in items)
        {
            if (item.IsBackground)
            {
                environment.LastBackground = Shell.Background(item, environment) ?? environment.LastBackground;
                environment.LastStatus = 0;
                continue;
            }

            foreach ((string op, ShellPipeline pipeline) in item.Pipelines)
            {
                if (op.Length == 0 || (op == "&&") == (environment.LastStatus == 0))
                {
                    foreach (ShellWait wait in Pipeline(pipeline, streams))
                    {
                        yield return wait;
                    }
                }

                if (Leaves)
                {
                    yield break;
                }
            }
        }
    }

    private IEnumerable<ShellWait> Pipeline(ShellPipeline pipeline, ShellStreams streams)
    {
        foreach (ShellWait wait in pipeline.Commands.Length == 1 ? Node(pipeline.Commands[0], streams) : Pipe(pipeline.Commands, streams))
        {
            yield return wait;
        }

        environment.LastStatus = pipeline.IsNegated ? (environment.LastStatus == 0 ? 1 : 0) : environment.LastStatus;
    }

    /// <summary>Commands side by side, each in a shell of its own, the output of one being the input of the next.</summary>
    private IEnumerable<ShellWait> Pipe(ShellNode[] commands, ShellStreams streams)
    {
        var strands = new ShellStrand[commands.Length];
        var parts = new ShellInterpreter[commands.Length];
        ShellInput input = streams.In;
        for (int i = 0; i < commands.Length; i++)
        {
            ShellPipe? pipe = i < commands.Length - 1 ? new ShellPipe() : null;
            parts[i] = Subshell(environment.Copy());
            strands[i] = new ShellStrand(parts[i].Part(commands[i], new ShellStreams(input, pipe ?? streams.Out, streams.Error), pipe).GetEnumerator(), pipe);
            input = pipe?.Reader ?? input;
        }

        try
        {
            yield return new StrandsWait(strands);
        }
        finally
        {
            Array.ForEach(strands, strand => strand.Finish());
        }

        foreach (ShellStrand strand in strands)
        {
            if (strand.Failure is ShellInterruptedException interrupted)
            {
                throw interrupted;
            }

            if (strand.Failure is { } failure)
            {
                streams.Error.Write($"bash: {failure.Message}\n");
            }
        }

        environment.LastStatus = strands[^1].Failure is null ? parts[^1].Environment.LastStatus : 1;
    }

    private IEnumerable<ShellWait> Part(ShellNode command, ShellStreams streams, ShellPipe? output)
    {
        try
        {
            foreach (ShellWait wait in Node(command, streams))
            {
                yield return wait;
            }
        }
        finally
        {
            output?.End();
            if (!streams.In.IsTerminal)
            {
                streams.In.Break();
            }
        }
    }

    private IEnumerable<ShellWait> Node(ShellNode node, ShellStreams streams)
    {
        if (node is ShellCommand command)
        {
            return Command(command, streams);
        }

        return Construct(node, streams);
    }

    private IEnumerable<ShellWait> Construct(ShellNode node, ShellStreams streams)
    {
        var substituted = new Dictionary<ShellSubstitution, string>(ReferenceEqualityComparer.Instance);
        foreach (ShellWait wait in Substitute(node.Redirections.Select(redirection => redirection.Document?.Text ?? redirection.Target), streams, substituted))
        {
            yield return wait;
        }

        if (Redirect(node.Redirections, new ShellExpander(environment, Host.Files, substituted), ref streams) is { } failed)
        {
            environment.LastStatus = failed;
            yield break;
        }

        IEnumerable<ShellWait> inside = node switch
        {
            ShellGroup { IsSubshell: true } group => InSubshell(group, streams),
            ShellGroup group => List(group.Body, streams),
            ShellIf choice => If(choice, streams),
            ShellLoop loop => Loop(loop, streams),
            ShellFor loop => For(loop, streams),
            ShellCount loop => Count(loop, streams),
            ShellCase choice => Case(choice, streams),
            ShellCompute compute => Compute(compute, streams),
            ShellCondition condition => Condition(condition, streams),
            ShellFunction function => Define(function),
            _ => throw new ShellSyntaxException("syntax error"),
        };
        foreach (ShellWait wait in inside)
        {
            yield return wait;
        }
    }

    private IEnumerable<ShellWait> Define(ShellFunction function)
    {
        environment.Functions[function.Name] = function.Body;
        environment.LastStatus = 0;
        yield break;
    }

    private IEnumerable<ShellWait> InSubshell(ShellGroup group, ShellStreams streams)
    {
        ShellInterpreter inner = Subshell(environment.Copy());
        foreach (ShellWait wait in inner.List(group.Body, streams))
        {
            yield return wait;
        }

        environment.LastStatus = inner.Environment.LastStatus;
    }

    private IEnumerable<ShellWait> If(ShellIf choice, ShellStreams streams)
    {
        foreach ((ShellItem[] condition, ShellItem[] body) in choice.Branches)
        {
            foreach (ShellWait wait in List(condition, streams))
            {
                yield return wait;
            }

            if (Leaves)
            {
                yield break;
            }

            if (environment.LastStatus == 0)
            {
                foreach (ShellWait wait in List(body, streams))
                {
                    yield return wait;
                }

                yield break;
            }
        }

        environment.LastStatus = 0;
        foreach (ShellWait wait in List(choice.Otherwise, streams))
        {
            yield return wait;
        }
    }

    /// <summary>After a turn of a loop: true if it is to be left.</summary>
    private bool EndsLoop()
    {
        if (_jump is not (ShellJump.Break or ShellJump.Continue))
        {
            return Leaves;
        }

        if (--_jumpLevels > 0)
        {
            return true; // a loop further out is meant
        }

        bool breaks = _jump == ShellJump.Break;
        _jump = ShellJump.None;
        return breaks;
    }

    private IEnumerable<ShellWait> Loop(ShellLoop loop, ShellStreams streams)
    {
        int status = 0;
        _loops++;
        while (true)
        {
            foreach (ShellWait wait in List(loop.Condition, streams))
            {
                yield return wait;
            }

            if (Leaves || (environment.LastStatus == 0) == loop.IsUntil)
            {
                break;
            }

            foreach (ShellWait wait in List(loop.Body, streams))
            {
                yield return wait;
            }

            status = environment.LastStatus;
            if (EndsLoop())
            {
                break;
            }
        }

        _loops--;
        environment.LastStatus = Leaves ? environment.LastStatus : status;
    }

    private IEnumerable<ShellWait> For(ShellFor loop, ShellStreams streams)
    {
        var substituted = new Dictionary<ShellSubstitution, string>(ReferenceEqualityComparer.Instance);
        foreach (ShellWait wait in Substitute(loop.Words ?? [], streams, substituted))
        {
            yield return wait;
        }

        List<string> words = loop.Words is null ? [.. environment.Arguments] : new ShellExpander(environment, Host.Files, substituted).Expand(loop.Words);
        environment.LastStatus = 0;
        _loops++;
        foreach (string word in words)
        {
            environment.Set(loop.Name, word);
            foreach (ShellWait wait in Turn(loop.Body, streams))
            {
                yield return wait;
            }

            if (EndsLoop())
            {
                break;
            }
        }

        _loops--;
    }

    private IEnumerable<ShellWait> Turn(ShellItem[] body, ShellStreams streams)
    {
        if (job.TakePause() is { } pause)
        {
            yield return pause;
        }

        foreach (ShellWait wait in List(body, streams))
        {
            yield return wait;
        }
    }

    private IEnumerable<ShellWait> Count(ShellCount loop, ShellStreams streams)
    {
        var expander = new ShellExpander(environment, Host.Files, new Dictionary<ShellSubstitution, string>(ReferenceEqualityComparer.Instance));
        bool Holds() => string.Concat(loop.Condition.Parts.OfType<ShellText>().Select(part => part.Text)).Trim().Length == 0 && loop.Condition.Parts.All(part => part is ShellText) || expander.Calculate(loop.Condition) != 0;
        environment.LastStatus = 0;
        expander.Calculate(loop.First);
        _loops++;
        while (Holds())
        {
            foreach (ShellWait wait in Turn(loop.Body, streams))
            {
                yield return wait;
            }

            if (EndsLoop())
            {
                break;
            }

            expander.Calculate(loop.Step);
        }

        _loops--;
    }

    private IEnumerable<ShellWait> Case(ShellCase choice, ShellStreams streams)
    {
        var substituted = new Dictionary<ShellSubstitution, string>(ReferenceEqualityComparer.Instance);
        foreach (ShellWait wait in Substitute([choice.Word, .. choice.Branches.SelectMany(branch => branch.Patterns)], streams, substituted))
        {
            yield return wait;
        }

        var expander = new ShellExpander(environment, Host.Files, substituted);
        string word = expander.ExpandOne(choice.Word);
        environment.LastStatus = 0;
        ShellItem[] body = choice.Branches.FirstOrDefault(branch => branch.Patterns.Any(pattern => ShellPattern.Fits(expander.ExpandPattern(pattern), word))).Body ?? [];
        foreach (ShellWait wait in List(body, streams))
        {
            yield return wait;
        }
    }

    private IEnumerable<ShellWait> Compute(ShellCompute compute, ShellStreams streams)
    {
        var substituted = new Dictionary<ShellSubstitution, string>(ReferenceEqualityComparer.Instance);
        foreach (ShellWait wait in Substitute([compute.Expression], streams, substituted))
        {
            yield return wait;
        }

        environment.LastStatus = new ShellExpander(environment, Host.Files, substituted).Calculate(compute.Expression) != 0 ? 0 : 1;
    }

    private IEnumerable<ShellWait> Condition(ShellCondition condition, ShellStreams streams)
    {
        var substituted = new Dictionary<ShellSubstitution, string>(ReferenceEqualityComparer.Instance);
        foreach (ShellWait wait in Substitute(condition.Words, streams, substituted))
        {
            yield return wait;
        }

        var expander = new ShellExpander(environment, Host.Files, substituted);
        var words = new List<TestWord>();
        foreach (ShellWord word in condition.Words)
        {
            words.Add(new TestWord(expander.ExpandOne(word), word.Plain is null, expander.ExpandPattern(word)));
        }

        (environment.LastStatus, string error) = TestCommand.Double(words, Host.Files);
        streams.Error.Write(error);
    }

    /// <summary>Carries out the substitutions in words, so that these can then be expanded at once.</summary>
    private IEnumerable<ShellWait> Substitute(IEnumerable<ShellWord> words, ShellStreams streams, Dictionary<ShellSubstitution, string> results)
    {
        foreach (ShellSubstitution substitution in words.SelectMany(Substitutions))
        {
            var output = new CollectSink();
            ShellInterpreter inner = Subshell(environment.Copy());
            foreach (ShellWait wait in inner.List(ShellParser.Parse(substitution.Command, environment.Aliases), streams with { Out = output }))
            {
                yield return wait;
            }

            environment.LastStatus = inner.Environment.LastStatus;
            results[substitution] = output.Text.TrimEnd('\n');
        }
    }

    private static IEnumerable<ShellSubstitution> Substitutions(ShellWord word) => word.Parts.SelectMany(part => part switch
    {
        ShellSubstitution substitution => [substitution],
        ShellVariable variable => Substitutions(variable.Operand),
        ShellCalculation calculation => Substitutions(calculation.Expression),
        _ => Enumerable.Empty<ShellSubstitution>(),
    });

    /// <summary>Opens files. The exit status if one cannot be opened, else null.</summary>
    private int? Redirect(ShellRedirection[] redirections, ShellExpander expander, ref ShellStreams streams)
    {
        foreach (ShellRedirection redirection in redirections)
        {
            string target = expander.ExpandOne(redirection.Document?.Text ?? redirection.Target);
            switch (redirection.Operator)
            {
                case "<" when Shell.Read(target, out string? text):
                    streams = streams with { In = new ShellTextInput(text) };
                    break;
                case "<":
                    streams.Error.Write($"bash: {target}: No such file or directory\n");
                    return 1;
                case "<<" or "<<<":
                    streams = streams with { In = new ShellTextInput(redirection.Operator == "<<<" ? target + "\n" : target) };
                    break;
                case ">&":
                    streams = (redirection.Descriptor, target) switch
                    {
                        (2, "1") => streams with { Error = streams.Out },
                        (1, "2") => streams with { Out = streams.Error },
                        _ => streams,
                    };
                    break;
                default:
                    if (Shell.OpenForWriting(target, redirection.Operator == ">>", streams.Error) is not { } sink)
                    {
                        return 1;
                    }

                    streams = streams with { Out = redirection.Descriptor is 1 or 3 ? sink : streams.Out, Error = redirection.Descriptor is 2 or 3 ? sink : streams.Error };
                    break;
            }
        }

        return null;
    }

    /// <summary>A number that a builtin was given; null and a complaint if it is none.</summary>
    private static int? Number(string command, string word, ShellStreams streams)
    {
        if (int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            return number;
        }

        streams.Error.Write($"bash: {command}: {word}: numeric argument required\n");
        return null;
    }
}
