using System.Text;

namespace Finwait.Inspect;

/// <summary>Protocols made of lines of text: the first line, or with <c>-v</c> all lines as far as they are text.</summary>
internal static class TextLines
{
    private const int LongestToken = 127;

    private static readonly byte[][] HttpCommands = Split(
        "GET PUT COPY HEAD LOCK MOVE POLL POST BCOPY BMOVE MKCOL TRACE LABEL MERGE DELETE SEARCH UNLOCK REPORT UPDATE NOTIFY BDELETE CONNECT OPTIONS CHECKIN " +
        "PROPFIND CHECKOUT CCM_POST SUBSCRIBE PROPPATCH BPROPFIND BPROPPATCH UNCHECKOUT MKACTIVITY MKWORKSPACE UNSUBSCRIBE RPC_CONNECT VERSION-CONTROL BASELINE-CONTROL");

    private static readonly byte[][] RtspCommands = Split("ANNOUNCE DESCRIBE GET_PARAMETER OPTIONS PAUSE PLAY RECORD REDIRECT SETUP SET_PARAMETER TEARDOWN");

    private static readonly byte[][] SipCommands = Split("ACK BYE CANCEL DO INFO INVITE MESSAGE NOTIFY OPTIONS PRACK QAUTH REFER REGISTER SPRACK SUBSCRIBE UPDATE PUBLISH");

    /// <summary>Prints the protocol's name and lines; false if octets are missing.</summary>
    public static bool Print(PrintContext context, PayloadKind kind, ReadOnlySpan<byte> data, int length)
    {
        TextBuffer output = context.Out;
        bool print;
        switch (kind)
        {
            case PayloadKind.Http:
                context.Protocol = ProtocolTag.Http;
                output.Append("HTTP"u8);
                print = IsRequestOrResponse(data, length, HttpCommands);
                break;
            case PayloadKind.Ftp:
                context.Protocol = ProtocolTag.Ftp;
                output.Append("FTP"u8);
                print = true;
                break;
            case PayloadKind.Rtsp:
                context.Protocol = ProtocolTag.Rtsp;
                output.Append("RTSP"u8);
                print = IsRequestOrResponse(data, length, RtspCommands);
                break;
            case PayloadKind.Sip:
                context.Protocol = ProtocolTag.Sip;
                output.Append("SIP"u8);
                print = IsRequestOrResponse(data, length, SipCommands);
                break;
            case PayloadKind.Smtp:
                context.Protocol = ProtocolTag.Smtp;
                output.Append("SMTP"u8);
                print = true;
                break;
            default:
                context.Protocol = ProtocolTag.Whois;
                output.Append("WHOIS"u8);
                print = true;
                break;
        }

        if (!print)
        {
            return true;
        }

        if (context.Verbosity == 0)
        {
            return PrintLine(context, ": "u8, data, 0, length) >= 0;
        }

        output.Append(", length: "u8);
        output.AppendDecimal(length);
        int at = 0;
        while (at < length)
        {
            at = PrintLine(context, "\n\t"u8, data, at, length);
            if (at <= 0)
            {
                return at == 0;
            }
        }

        return true;
    }

    /// <summary>Only the line in which a side says its version is text (RFC 4253 §4.2). False if octets are missing.</summary>
    public static bool PrintSsh(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Ssh;
        ReadOnlySpan<byte> start = "SSH-"u8;
        for (int at = 0; at < length || at < start.Length; at++)
        {
            if (at >= data.Length)
            {
                return false;
            }

            byte octet = data[at];
            if (at < start.Length && octet != start[at])
            {
                return true;
            }

            if (octet == '\r' && at + 1 < length && at + 1 >= data.Length)
            {
                return false;
            }

            if (octet == '\n' || (octet == '\r' && at + 1 < length && data[at + 1] == '\n'))
            {
                context.Out.Append(": SSH: "u8);
                context.Out.Append(data[..at]);
                return true;
            }

            if (octet is < 0x20 or >= 0x7F)
            {
                return true;
            }
        }

        return true;
    }

    /// <summary>One octet as the terminal can take it: control characters behind a caret, others above ASCII behind M-.</summary>
    public static void AppendSafe(TextBuffer output, byte octet)
    {
        if (octet >= 0x80)
        {
            output.Append("M-"u8);
            octet &= 0x7F;
        }

        if (octet is < 0x20 or 0x7F)
        {
            output.Append('^');
            octet ^= 0x40;
        }

        output.Append(octet);
    }

    /// <summary>Prints a line without its end; returns where the next begins, 0 if there is none that is text, -1 if octets are missing.</summary>
    private static int PrintLine(PrintContext context, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> data, int start, int length)
    {
        TextBuffer output = context.Out;
        int at = start;
        while (at < length)
        {
            if (at >= data.Length)
            {
                return -1;
            }

            byte octet = data[at];
            if (octet == '\n')
            {
                output.Append(prefix);
                output.Append(data[start..at]);
                return at + 1;
            }

            if (octet == '\r')
            {
                if (at + 1 >= length)
                {
                    return 0;
                }

                if (at + 1 >= data.Length)
                {
                    return -1;
                }

                if (data[at + 1] != '\n')
                {
                    return 0;
                }

                output.Append(prefix);
                output.Append(data[start..at]);
                return at + 2;
            }

            if (octet is not ((>= 0x20 and < 0x7F) or (byte)'\t'))
            {
                return 0;
            }

            at++;
        }

        output.Append(prefix);
        output.Append(data[start..at]);
        context.PrintTruncated();
        return 0;
    }

    private static bool IsRequestOrResponse(ReadOnlySpan<byte> data, int length, byte[][] commands)
    {
        int end = FetchToken(data, 0, length, out ReadOnlySpan<byte> token);
        if (end == 0)
        {
            return false;
        }

        foreach (byte[] command in commands)
        {
            if (Ascii.EqualsIgnoreCase(token, command))
            {
                return true;
            }
        }

        if (FetchToken(data, end, length, out token) == 0)
        {
            return false;
        }

        return token.Length == 3 && char.IsAsciiDigit((char)token[0]) && char.IsAsciiDigit((char)token[1]) && char.IsAsciiDigit((char)token[2]);
    }

    /// <summary>The word at a place; returns where the one behind it begins, 0 if there is none.</summary>
    private static int FetchToken(ReadOnlySpan<byte> data, int at, int length, out ReadOnlySpan<byte> token)
    {
        token = default;
        int start = at;
        while (at < length)
        {
            if (at >= data.Length || data[at] >= 0x80)
            {
                return 0;
            }

            if (IsBlank(data[at]))
            {
                break;
            }

            if (data[at] is < 0x20 or 0x7F || at - start >= LongestToken)
            {
                return 0;
            }

            at++;
        }

        if (at == start)
        {
            return 0;
        }

        token = data[start..at];

        // Any white space ends a word, but only blanks are stepped over.
        while (at < length && at < data.Length && data[at] == (byte)' ')
        {
            at++;
        }

        return at;
    }

    private static bool IsBlank(byte octet) => octet is (byte)' ' or (>= 9 and <= 13);

    private static byte[][] Split(string words) => [.. words.Split(' ').Select(Encoding.ASCII.GetBytes)];
}
