namespace Finwait.Lab;

/// <summary>What a command printed and how it ended.</summary>
/// <param name="Status">Exit status: 0 done, 1 the thing asked for failed or nothing matched, 2 wrong usage; where the real tool has other numbers, those.</param>
/// <param name="Output">Standard output; ends with a newline unless empty or the tool prints none.</param>
/// <param name="Error">Standard error; empty if all went well, else whole lines.</param>
public readonly record struct ToolResult(int Status, string Output, string Error)
{
    /// <summary>Exit status of a command line that cannot be understood.</summary>
    public const int WrongUsage = 2;

    /// <summary>A command that did what it was asked to.</summary>
    public static ToolResult Done(string output) => new(0, output, "");

    /// <summary>A command that failed with one line on standard error.</summary>
    public static ToolResult Failed(int status, string message) => new(status, "", message + "\n");
}
