using System.Globalization;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary><c>sleep SECONDS</c>.</summary>
internal sealed class SleepProcess : LabProcess
{
    private readonly Instant _end;

    public SleepProcess(ILabMachine machine, int pid, string[] arguments, TextWriter error)
        : base(machine, pid, "sleep")
    {
        if (arguments.Length == 0)
        {
            error.Write("sleep: missing operand\nTry 'sleep --help' for more information.\n");
            Exit(1);
            return;
        }

        TimeSpan total = TimeSpan.Zero;
        foreach (string argument in arguments)
        {
            if (!DurationText.TryParse(argument, out TimeSpan span))
            {
                error.Write($"sleep: invalid time interval '{argument}'\nTry 'sleep --help' for more information.\n");
                Exit(1);
                return;
            }

            total += span;
        }

        _end = machine.Now + total;
    }

    public override Instant Deadline => HasExited ? Instant.Never : _end;

    public override bool Run()
    {
        if (HasExited || Machine.Now < _end)
        {
            return false;
        }

        Exit(0);
        return true;
    }

    public override void Interrupt() => Exit(130);
}

/// <summary>Durations as people write them: <c>3</c>, <c>0.5s</c>, <c>200ms</c>, <c>2m</c>, <c>1h</c>, <c>1d</c>.</summary>
internal static class DurationText
{
    /// <summary>A year: longer waits are a mistake.</summary>
    private const double Longest = 366.0 * 86_400;

    public static bool TryParse(string text, out TimeSpan span)
    {
        span = default;
        string trimmed = text.Trim();
        (string number, double unit) = trimmed switch
        {
            _ when trimmed.EndsWith("ms", StringComparison.Ordinal) => (trimmed[..^2], 0.001),
            _ when trimmed.EndsWith("us", StringComparison.Ordinal) => (trimmed[..^2], 0.000_001),
            _ when trimmed.EndsWith("min", StringComparison.Ordinal) => (trimmed[..^3], 60),
            _ when trimmed.EndsWith('s') => (trimmed[..^1], 1),
            _ when trimmed.EndsWith('m') => (trimmed[..^1], 60),
            _ when trimmed.EndsWith('h') => (trimmed[..^1], 3600),
            _ when trimmed.EndsWith('d') => (trimmed[..^1], 86_400),
            _ => (trimmed, 1),
        };
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out double value) || !(value * unit <= Longest))
        {
            return false;
        }

        span = TimeSpan.FromTicks((long)Math.Round(value * unit * TimeSpan.TicksPerSecond));
        return true;
    }
}
