using Finwait.Cli;

namespace Finwait.Lab.Tests;

public class WarmUpTests
{
    [Fact]
    public void WarmUp_ItsLines_AreUnderstoodAndReachTheDrop()
    {
        var output = new StringWriter();
        var error = new StringWriter();

        Assert.Equal(0, WarmUp.Play(output, error));
        Assert.Equal("", error.ToString());
        Assert.Contains("Flags [F.], seq 6,", output.ToString(), StringComparison.Ordinal); // the FIN that is dropped, once more after wait next
    }
}
