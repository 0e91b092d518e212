using System.Runtime.CompilerServices;

namespace Finwait.Drill.Tests;

/// <summary>Finds the scripts in the checkout, and runs texts.</summary>
internal static class Scripts
{
    public const string Open = """
            0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
           +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
           +0 bind(3, ..., ...) = 0
           +0 listen(3, 1) = 0
           +0 < S 0:0(0) win 32792 <mss 1000,nop,nop,sackOK,nop,wscale 7>
           +0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,wscale 7>
          +.1 < . 1:1(0) ack 1 win 257
           +0 accept(3, ..., ...) = 4

        """;

    public static string InRepository(params string[] parts) => Path.Combine([Root, .. parts]);

    public static DrillResult Run(string text, params string[] settings) => DrillRunner.Run("test.pkt", text, new DrillOptions { IsStrict = true, Settings = settings });

    private static string Root { get; } = Find();

    private static string Find([CallerFilePath] string here = "")
    {
        DirectoryInfo? folder = new FileInfo(here).Directory;
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Finwait.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("no Finwait.slnx above " + here);
    }
}
