namespace Finwait.Lab.Tests;

/// <summary>A Python process holds and does a bounded amount: what is beyond is Python's own error, and the lab stays usable.</summary>
public sealed class PythonLimitTests
{
    [Fact]
    public void Memory_FilledByALoop_IsAMemoryErrorAndTheValuesStay()
    {
        string[] romeo = Lab.Printed(Lab.Play("romeo> x = []", "romeo> while True: x.append(b'y' * 1000000)", "romeo...", "wait 1min", "romeo> len(x) > 100, len(x) < 300"), "romeo");

        Assert.Equal("MemoryError", romeo[^2]);
        Assert.Equal("(True, True)", romeo[^1]);
    }

    [Fact]
    public void Memory_Freed_CanBeUsedAgain()
    {
        string[] romeo = Lab.Printed(Lab.Play("romeo> for i in range(40): x = b'y' * 50000000", "romeo...", "wait 1min", "romeo> len(x)"), "romeo");

        Assert.Equal(["50000000"], romeo);
    }

    [Theory]
    [InlineData("pass")]
    [InlineData("x = b'y' * 60000000")]
    [InlineData("print('y' * 1000)")]
    [InlineData("x = (2 ** 400000) * (3 ** 300000)")]
    [InlineData("b'a' in b'y' * 60000000")]
    public void Loop_WithoutEnd_GivesThePromptBackAndCanBeInterrupted(string statement)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();

        string transcript = Lab.Play($"romeo> while True: {statement}", "romeo...", "juliet> 3", "romeo> ^C", "romeo> 1 + 1");

        Assert.Equal(["3"], Lab.Printed(transcript, "juliet"));
        Assert.Equal(["Traceback (most recent call last):", "  File \"<stdin>\", line 1, in <module>", "KeyboardInterrupt", "2"], Lab.Printed(transcript, "romeo")[^4..]);
        Assert.Contains("lab| romeo: the line has not ended; it goes on as time passes (^C interrupts: romeo> ^C)", transcript, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), watch.Elapsed.ToString());
    }

    [Fact]
    public void Loop_ThatPrintsForEver_LeavesLinesOutAndSaysSo()
    {
        string transcript = Lab.Play("romeo> while True: print('y' * 20000000)", "romeo...", "romeo> ^C");

        Assert.Contains("more lines are left out", transcript, StringComparison.Ordinal);
        Assert.True(transcript.Length < 40_000_000);
    }

    [Fact]
    public void Comparison_OfTuplesThatHoldEachOtherTwice_Ends()
    {
        string[] romeo = Lab.Printed(Lab.Play("romeo> a = b = (1,)", "romeo> for i in range(60): a, b = (a, a), (b, b)", "romeo...", "romeo> a == b"), "romeo");

        Assert.Equal("RecursionError: maximum recursion depth exceeded in comparison", romeo[^1]);
    }

    [Fact]
    public void Descriptors_AllUsed_AreTooManyOpenFiles()
    {
        string[] romeo = Lab.Printed(Lab.Play("romeo> import socket", "romeo> l = []", "romeo> while True: l.append(socket.socket())", "romeo...", "romeo> len(l), l[-1].fileno()", "romeo> l.pop().close(); socket.socket().fileno()"), "romeo");

        Assert.Equal("OSError: [Errno 24] Too many open files", romeo[^3]);
        Assert.Equal("(1021, 1023)", romeo[^2]);
        Assert.Equal("1023", romeo[^1]);
    }

    [Fact]
    public void Accept_WithoutADescriptor_IsTooManyOpenFilesAndTheConnectionWaits()
    {
        string[] juliet = Lab.Printed(
            Lab.Play("juliet> import socket", "juliet> s = socket.socket()", "juliet> s.bind(('', 4000)); s.listen()", "juliet> l = []", "romeo$ nc juliet 4000", "juliet> for i in range(1020): l.append(socket.socket())", "juliet...", "juliet> s.accept()", "juliet> l.pop().close()", "juliet> c, a = s.accept(); c.fileno()"),
            "juliet");

        Assert.Equal("OSError: [Errno 24] Too many open files", juliet[^2]);
        Assert.Equal("1023", juliet[^1]);
    }
}
