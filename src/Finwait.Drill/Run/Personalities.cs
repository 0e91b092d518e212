using Finwait.Stack;

namespace Finwait.Drill;

/// <summary>The defaults of the kernels that scripts were written for.</summary>
internal static class Personalities
{
    public static HostSettings Make(DrillOptions options)
    {
        HostSettings settings = new() { Name = "drill", Seed = options.Seed };
        settings.Sockets.Rfc1337 = false; // as Linux ships
        settings.Sockets.FragmentDatagrams = true;
        settings.Sockets.OutOfBandInline = false;
        settings.Tcp.SynRetries = 6;
        settings.Tcp.DelaysDoubtfulPathMtu = false;
        settings.Tcp.ReceiveMemory = Tcp.PacketMemory.Linear; // as on a TUN device
        settings.Tcp.SegmentationOffload = options.Personality == DrillPersonality.Linux;
        settings.Tcp.TakesBeyondWindow = options.Personality == DrillPersonality.Linux;
        if (options.Personality == DrillPersonality.FreeBsd)
        {
            // FreeBSD 14: net.inet.tcp.recvspace, sendspace, recvbuf_max, sendbuf_max, rexmit_min with rexmit_slop, TCPTV_REXMTMAX.
            settings.Tcp.ReceiveBuffer = (4096, 131_072, 2_097_152);
            settings.Tcp.SendBuffer = (4096, 65_536, 2_097_152);
            settings.Tcp.RtoMin = TimeSpan.FromMilliseconds(230);
            settings.Tcp.RtoMax = TimeSpan.FromSeconds(64);
            settings.Tcp.SynLinearTimeouts = 0;
            settings.Tcp.TailLossProbe = false;
            settings.Tcp.OptionLayout = Wire.TcpOptionLayout.FreeBsd;
        }

        return settings;
    }
}
