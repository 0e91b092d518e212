using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>What a line of the shell waits for before it goes on.</summary>
internal abstract class ShellWait
{
    /// <summary>Does what can be done meanwhile.</summary>
    /// <param name="did">True if something was done.</param>
    /// <returns>True when the wait is over.</returns>
    public abstract bool Poll(out bool did);

    /// <summary>When the wait is to be asked again whatever happens.</summary>
    public virtual Instant Deadline => Instant.Never;
}

/// <summary>Waits for a program to end, and hands it what comes on its standard input.</summary>
/// <param name="process">The program.</param>
/// <param name="input">Its standard input; null if that is what is typed.</param>
internal sealed class ProcessWait(LabProcess process, ShellInput? input) : ShellWait
{
    private bool _hasEnded;

    public override Instant Deadline => process.Deadline;

    public override bool Poll(out bool did)
    {
        did = false;
        process.HasPipedInput |= input is { IsTerminal: false };
        while (input is not null && input.HasLine && input.Waiting.Length > 0 && !process.HasExited)
        {
            ReadOnlySpan<char> waiting = input.Waiting;
            int end = waiting.IndexOf('\n');
            string line = (end < 0 ? waiting : waiting[..(end + 1)]).ToString();
            if (!process.Type(line))
            {
                break;
            }

            input.Take(line.Length);
            did = true;
        }

        if (input is { HasEnded: true } && input.Waiting.Length == 0 && !_hasEnded)
        {
            _hasEnded = true;
            process.EndInput();
            did = true;
        }

        did |= process.Run();
        did |= process.HasExited;
        return process.HasExited;
    }
}

/// <summary>Waits until a line, or the end, has come.</summary>
/// <param name="input">Where from.</param>
/// <param name="terminal">The process that reads what is typed; null for a pipe.</param>
/// <param name="lines">How many lines are wanted; all for <see cref="int.MaxValue"/>.</param>
internal sealed class InputWait(ShellInput input, TerminalProcess? terminal, int lines = 1) : ShellWait
{
    /// <summary>When to go on without a line: <c>read -t</c>.</summary>
    public Instant Until { get; init; } = Instant.Never;

    /// <summary>The host, for its clock.</summary>
    public required LabHost Host { get; init; }

    public override Instant Deadline => Until;

    public override bool Poll(out bool did)
    {
        did = terminal?.Run() ?? false;
        return input.HasEnded || terminal is { HasExited: true } || Host.Now >= Until || (lines != int.MaxValue && input.Waiting.Count('\n') >= lines);
    }
}

/// <summary>Lets time pass: a loop that does not end gets its next turn then.</summary>
internal sealed class PauseWait(LabHost host, Instant until) : ShellWait
{
    public override Instant Deadline => until;

    public override bool Poll(out bool did) => did = host.Now >= until;
}

/// <summary>Waits for all commands of a pipe.</summary>
internal sealed class StrandsWait(ShellStrand[] strands) : ShellWait
{
    /// <summary>When they are ended if they have not ended by then.</summary>
    public Instant Until { get; init; } = Instant.Never;

    /// <summary>The host, for its clock.</summary>
    public LabHost? Host { get; init; }

    public override Instant Deadline
    {
        get
        {
            Instant deadline = Until;
            foreach (ShellStrand strand in strands)
            {
                deadline = Instant.Earlier(deadline, strand.Deadline);
            }

            return deadline;
        }
    }

    public override bool Poll(out bool did)
    {
        did = false;
        bool again;
        do
        {
            again = false;
            foreach (ShellStrand strand in strands)
            {
                again |= strand.Run();
            }

            did |= again;
        }
        while (again && Array.Exists(strands, strand => !strand.IsDone));

        if (Host?.Now >= Until)
        {
            Array.ForEach(strands, strand => strand.Cut());
        }

        return Array.TrueForAll(strands, strand => strand.IsDone);
    }
}

/// <summary>Waits for lines that run beside this one: <c>wait</c>.</summary>
internal sealed class JobsWait(ShellJob[] jobs) : ShellWait
{
    public override bool Poll(out bool did) => did = Array.TrueForAll(jobs, job => job.IsDone);
}

/// <summary>Commands that are carried out as far as they can be, and go on when what they wait for has come.</summary>
/// <param name="body">The commands.</param>
/// <param name="output">The pipe they write to; null if it is none.</param>
internal sealed class ShellStrand(IEnumerator<ShellWait> body, ShellPipe? output = null)
{
    private ShellWait? _wait;
    private bool _isRunning;

    public bool IsDone { get; private set; }

    public Instant Deadline => IsDone ? Instant.Never : _wait?.Deadline ?? Instant.Never;

    /// <summary>What went wrong; null if nothing did.</summary>
    public ShellSyntaxException? Failure { get; private set; }

    /// <summary>Carries on. True if something was done.</summary>
    public bool Run()
    {
        bool did = false;
        while (!IsDone && !_isRunning)
        {
            _isRunning = true;
            try
            {
                if (_wait is not null)
                {
                    bool isOver = _wait.Poll(out bool polled);
                    did |= polled;
                    if (!isOver && output is not { IsBroken: true })
                    {
                        return did;
                    }

                    _wait = null;
                }

                did = true;
                if (output is { IsBroken: true } || !body.MoveNext())
                {
                    Finish();
                }
                else
                {
                    _wait = body.Current;
                }
            }
            catch (ShellSyntaxException failure)
            {
                Failure = failure;
                Finish();
            }
            finally
            {
                _isRunning = false;
                if (IsDone)
                {
                    body.Dispose();
                }
            }
        }

        return did;
    }

    /// <summary>It was ended before its end.</summary>
    public bool WasCut { get; private set; }

    /// <summary>Ends it before its end.</summary>
    public void Cut()
    {
        WasCut |= !IsDone;
        Finish();
    }

    /// <summary>Ends everything that runs in it.</summary>
    public void Finish()
    {
        if (!IsDone)
        {
            IsDone = true;
            _wait = null;
            if (!_isRunning)
            {
                body.Dispose();
            }
        }
    }
}
