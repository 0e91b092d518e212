using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>The lab's calendar. It always begins on the same day, so that a run can be repeated to the byte.</summary>
internal static class LabClock
{
    /// <summary>Microseconds from 1970 to the start of every lab: 2026-01-01 12:00:00 UTC.</summary>
    public const long Epoch = 1_767_268_800L * 1_000_000;

    /// <summary>What <c>date</c> prints.</summary>
    public static string Date(ILabMachine machine)
    {
        long seconds = (machine.Epoch + machine.Now.Microseconds) / 1_000_000;
        string text = CalendarText.Ctime(seconds);
        return $"{text[..^4]}UTC {text[^4..]}";
    }
}
