using System.Text.Json;
using Finwait.Cli;

namespace Finwait.Lab.Tests;

/// <summary><c>finwait drill</c>: what it prints and its exit status.</summary>
public sealed class DrillCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("finwait-drill");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Scripts_AllRight_StatusZeroAndTheirNumber()
    {
        string ok = Write("ok.pkt", "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n");
        string skipped = Write("sub/skipped.pkt", "0 sendfile(3, 4, [0], 10) = 10\n");
        Assert.Equal((0, $"{ok}: ok\n{skipped}: skipped: needs sendfile()\n1 ok, 0 failed, 1 skipped\n", ""), Run(_folder.FullName));
    }

    [Fact]
    public void Script_Wrong_StatusOneAndItsLine()
    {
        string bad = Write("bad.pkt", "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 close(3) = 1\n");
        Assert.Equal((1, $"{bad}:2: error: runtime error in close call: Expected result 1 but got 0\n0 ok, 1 failed, 0 skipped\n", ""), Run(bad));
    }

    [Fact]
    public void Json_IsOneObjectPerLine()
    {
        string bad = Write("bad.pkt", "0 close(3) = 0\n");
        (int status, string output, _) = Run("--json", bad);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        JsonElement script = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal((1, 2, bad, "failed", 1), (status, lines.Length, script.GetProperty("file").GetString(), script.GetProperty("outcome").GetString(), script.GetProperty("line").GetInt32()));
        Assert.StartsWith("runtime error in close call", script.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("""{"ok":0,"failed":1,"skipped":0}""", lines[1]);
    }

    [Theory]
    [InlineData("", "no script to run: name files, or folders with *.pkt")]
    [InlineData("nosuch.pkt", "there is no file or folder 'nosuch.pkt'")]
    [InlineData("--nosuch x.pkt", "there is no option --nosuch; finwait drill --help says more")]
    [InlineData("-x", "there is no option -x; finwait drill --help says more")]
    [InlineData("--personality plan9 x.pkt", "--personality needs a value: linux or freebsd; finwait drill --help says more")]
    [InlineData("--tolerance_usecs=soon x.pkt", "bad --tolerance_usecs: 'soon' is no number from 0 to 3600000000; finwait drill --help says more")]
    public void CalledWrongly_IsOneLineAndStatus2(string words, string message)
    {
        (int status, string output, string error) = Run(words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((2, "", $"finwait drill: {message}\n"), (status, output, error));
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    private static (int Status, string Output, string Error) Run(params string[] args)
    {
        (var output, var error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        int status = DrillCommand.Run(args, output, error);
        return (status, output.ToString(), error.ToString());
    }
}
