namespace Finwait.Inspect;

/// <summary>What the ports of a segment or datagram make of its payload.</summary>
internal enum PayloadKind : byte
{
    None,
    Http,
    Smtp,
    Ftp,
    Ssh,
    Telnet,
    Whois,
    Rtsp,
    Sip,
    Domain,
    MulticastDomain,
}

/// <summary>The ports whose payload is decoded. With two of them, the order of the list decides.</summary>
internal static class PayloadPorts
{
    private static readonly PayloadKind[] Tcp = Make([(554, PayloadKind.Rtsp), (8554, PayloadKind.Rtsp), (53, PayloadKind.Domain), (80, PayloadKind.Http), (8080, PayloadKind.Http), (21, PayloadKind.Ftp), (22, PayloadKind.Ssh), (43, PayloadKind.Whois), (25, PayloadKind.Smtp), (23, PayloadKind.Telnet)]);
    private static readonly PayloadKind[] Udp = Make([(5060, PayloadKind.Sip), (5353, PayloadKind.MulticastDomain), (53, PayloadKind.Domain)]);

    public static PayloadKind OfTcp(ushort source, ushort destination) => Of(Tcp, source, destination);

    public static PayloadKind OfUdp(ushort source, ushort destination) => Of(Udp, source, destination);

    private static PayloadKind Of(PayloadKind[] table, ushort source, ushort destination)
    {
        PayloadKind first = source < table.Length ? table[source] : PayloadKind.None;
        PayloadKind second = destination < table.Length ? table[destination] : PayloadKind.None;
        return first == PayloadKind.None ? second : second == PayloadKind.None ? first : Earlier(first, second);
    }

    private static PayloadKind Earlier(PayloadKind a, PayloadKind b) => Rank(a) <= Rank(b) ? a : b;

    private static int Rank(PayloadKind kind) => kind switch
    {
        PayloadKind.Telnet => 0,
        PayloadKind.Smtp => 1,
        PayloadKind.Whois => 2,
        PayloadKind.Ssh => 3,
        PayloadKind.Ftp => 4,
        PayloadKind.Http => 5,
        PayloadKind.Rtsp => 6,
        PayloadKind.MulticastDomain => 8,
        _ => 7,
    };

    private static PayloadKind[] Make((int Port, PayloadKind Kind)[] ports)
    {
        var table = new PayloadKind[8600];
        foreach ((int port, PayloadKind kind) in ports)
        {
            table[port] = kind;
        }

        return table;
    }
}

/// <summary>Prints payloads by kind.</summary>
internal static class PayloadPrinter
{
    public static bool PrintTcp(PrintContext context, PayloadKind kind, ReadOnlySpan<byte> payload, int length)
    {
        TextBuffer output = context.Out;
        switch (kind)
        {
            case PayloadKind.Domain:
                return length <= 2 || DomainPrinter.PrintTcp(context, payload, length);
            case PayloadKind.Telnet:
                return TelnetPrinter.Print(context, payload, length);
            case PayloadKind.Ssh:
                return TextLines.PrintSsh(context, payload, length);
            default:
                output.Append(": "u8);
                return TextLines.Print(context, kind, payload, length);
        }
    }

    public static bool PrintUdp(PrintContext context, PayloadKind kind, ReadOnlySpan<byte> payload, int length)
    {
        if (kind is PayloadKind.Domain or PayloadKind.MulticastDomain)
        {
            return DomainPrinter.PrintUdp(context, payload, length, kind == PayloadKind.MulticastDomain);
        }

        return TextLines.Print(context, kind, payload, length);
    }
}
