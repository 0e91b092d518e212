using Finwait.Capture;
using Finwait.Wire;

namespace Finwait.Inspect.Tests;

/// <summary>Prints whole captures the way the dump command does.</summary>
internal static class Dump
{
    /// <summary>The hosts file of the machine on which the golden texts were made.</summary>
    private static readonly Dictionary<IpAddress, string> s_hosts = new() { [IpAddress.Parse("127.0.0.1")] = "localhost" };

    public static byte[] Run(byte[] capture, params string[] flags)
    {
        DumpArguments arguments = DumpArguments.Parse(flags);
        Assert.Null(arguments.Error);
        Assert.True(CaptureReader.TryOpen(new MemoryStream(capture), out CaptureReader? reader, out string? error), error);
        Assert.True(PacketFilter.TryCompile(arguments.Filter, reader.LinkType, out PacketFilter? filter, out FilterError? filterError, s_hosts), filterError?.ToString());
        var printer = new PacketPrinter(arguments.Print with { HostNames = s_hosts });
        var text = new TextBuffer();
        int count = 0;
        while (count != arguments.Count && reader.TryRead(out PacketRecord packet))
        {
            if (!filter.Matches(packet))
            {
                continue;
            }

            count++;
            printer.Print(packet, text);
        }

        return text.Written.ToArray();
    }
}
