using System.Globalization;
using System.Runtime.InteropServices;

namespace Finwait.Cli;

/// <summary>
/// Tells the process to end (Ctrl-C of a script, TERM, HUP): the line that is carried out ends at its next event, the run is finished as at its end, and the process leaves
/// with 128 and the signal's number. What does not come to an end in time is left as it was written down a moment before.
/// </summary>
internal sealed class EndingSignals : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly List<PosixSignalRegistration> _registered = [];

    /// <summary>Whoever has it works on the run: the lines, or the end that a signal brings.</summary>
    private readonly SemaphoreSlim _run = new(1, 1);
    private readonly Lock _ending = new();
    private volatile bool _isEnding;
    private Action _stop = () => { };
    private Action _finish = () => { };

    /// <param name="hasInterrupt">True if Ctrl-C ends the process too.</param>
    public EndingSignals(bool hasInterrupt)
    {
        Register(PosixSignal.SIGTERM, 15);
        if (!IsHangupIgnored())
        {
            Register(PosixSignal.SIGHUP, 1);
        }

        if (hasInterrupt)
        {
            Register(PosixSignal.SIGINT, 2);
        }
    }

    /// <summary>From now on a signal ends this run.</summary>
    /// <param name="stop">Ends the line that is carried out; called on another thread.</param>
    /// <param name="finish">Finishes the run; called on another thread, while no line is carried out.</param>
    public void Watch(Action stop, Action finish) => (_stop, _finish) = (stop, finish);

    /// <summary>Lines whose carrying out a signal waits for; while the next one is read it does not wait.</summary>
    public IEnumerable<string> Guard(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            Enter();
            yield return line;
            Leave();
        }

        Enter();
    }

    /// <summary>Begins what a signal has to wait for. Does not return once a signal ends the run.</summary>
    public void Enter()
    {
        _run.Wait();
        if (_isEnding)
        {
            _run.Release();
            Thread.Sleep(Timeout.Infinite);             // the thread of the signal ends the process
        }
    }

    /// <summary>Ends it.</summary>
    public void Leave() => _run.Release();

    public void Dispose()
    {
        _registered.ForEach(each => each.Dispose());
        _run.Dispose();
    }

    private void Register(PosixSignal signal, int number) => _registered.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        End(number);
    }));

    private void End(int number)
    {
        lock (_ending)
        {
            _isEnding = true;
            _stop();
            if (_run.Wait(s_patience))
            {
                _finish();
            }

            Environment.Exit(128 + number);
        }
    }

    /// <summary>True if whoever started the process wants it to outlive its terminal (nohup).</summary>
    private static bool IsHangupIgnored()
    {
        const string Status = "/proc/self/status", Ignored = "SigIgn:";
        try
        {
            return File.Exists(Status) && File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Ignored, StringComparison.Ordinal)) is { } mask
                && ulong.TryParse(mask.AsSpan(Ignored.Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits) && (bits & 1) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
