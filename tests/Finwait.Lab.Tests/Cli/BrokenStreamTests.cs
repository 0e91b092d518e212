using System.Diagnostics;
using Finwait.Cli;

namespace Finwait.Lab.Tests;

/// <summary>The program itself with standard streams that fail: one line on standard error and status 1, never a stack trace.</summary>
public sealed class BrokenStreamTests
{
    private static (int Status, string Error) Shell(string command)
    {
        string program = typeof(Commands).Assembly.Location;
        var start = new ProcessStartInfo("/bin/bash") { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(command.Replace("finwait", $"dotnet exec '{program}'", StringComparison.Ordinal));
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }

    public static TheoryData<string> Commands_ => ["finwait lab list", "finwait lab run 03-handshake", "echo 'romeo> 1' | finwait lab", "finwait --help", "finwait --version", "finwait lab --help", "finwait bench --help"];

    [Theory]
    [MemberData(nameof(Commands_))]
    public void Output_ToAFullDisk_IsOneLineAndStatus1(string command)
    {
        (int status, string error) = Shell(command + " > /dev/full");

        Assert.Equal((1, "finwait: No space left on device\n"), (status, error));
    }

    [Theory]
    [InlineData("finwait lab list | true")]
    [InlineData("finwait lab run 03-handshake | head -n 1")]
    [InlineData("echo 'romeo> 1' | finwait lab | true")]
    public void Output_ToAReaderThatHasGone_IsQuiet(string command) => Assert.Equal((0, ""), Shell(command));

    [Theory]
    [InlineData("finwait lab nosuch 2> /dev/full", 2)]
    [InlineData("finwait lab nosuch 2>&-", 2)]
    [InlineData("finwait nosuch 2>&-", 2)]
    [InlineData("finwait --version 2>&-", 0)]
    [InlineData("finwait lab list > /dev/full 2>&-", 1)]
    [InlineData("finwait lab < /", 1)]
    public void Stream_ThatCannotBeUsed_EndsTheProgramWithoutATrace(string command, int expected)
    {
        (int status, string error) = Shell(command);

        Assert.Equal(expected, status);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.InRange(error.Count(c => c == '\n'), 0, 1);
    }

    // The wrapper opens what is closed: else the first file that the runtime opens would be taken for the stream.
    [Theory]
    [InlineData("finwait dump -n -r - <&-", "finwait dump: truncated dump file; tried to read 4 file header bytes, only got 0\n", 1)]
    [InlineData("finwait lab <&-", "", 0)]
    [InlineData("finwait --version >&-", "finwait: standard input or output is closed\n", 1)]
    [InlineData("finwait lab run 03-handshake >&-", "finwait: standard input or output is closed\n", 1)]
    public void Stream_ClosedBeforeTheWrapper_IsAnEmptyOrABrokenOne(string command, string expected, int status)
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(root, "scripts", "build.sh")))
        {
            root = System.IO.Path.GetDirectoryName(root.TrimEnd('/'))!;
        }

        string guards = string.Join('\n', File.ReadLines(System.IO.Path.Combine(root, "finwait")).Where(line => line.StartsWith("{ :", StringComparison.Ordinal)));
        Assert.Equal((status, expected), Shell($"G='{guards}' bash -c 'eval \"$G\"; exec timeout 30 \"$@\"' _ {command}"));
    }

    [Theory]
    [InlineData("finwait lab /dev/zero", "finwait lab: /dev/zero: it has more than 16777216 characters\n", 1)]
    [InlineData("finwait lab /tmp", "finwait lab: /tmp: Is a directory\n", 2)]
    public void File_ThatNeverEndsOrIsNone_IsOneLine(string command, string expected, int status) => Assert.Equal((status, expected), Shell(command));
}
