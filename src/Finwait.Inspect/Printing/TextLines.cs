using System.Text;

namespace Finwait.Inspect;

/// <summary>Protocols made of lines of text: the first line, or with <c>-v</c> all lines as far as they are text.</summary>
internal static class TextLines
{
    private const int LongestToken = 127;

    private static readonly byte[][] HttpCommands = Split(
        "GET PUT COPY HEAD LOCK MOVE POLL POST BCOPY BMOVE MKCOL TRACE LABEL MERGE DELETE SEARCH UNLOCK REPORT UPDATE NOTIFY BDELETE CONNECT OPTIONS CHECKIN " +
        "PROPFIND CHECKOUT CCM_POST SUBSCRIBE PROPPATCH BPROPFIND BPROPPATCH UNCHECKOUT MKACTIVITY MKWORKSPACE UNSUBSCRIBE RPC_CONNECT VERSION-CONTROL BASELINE-CONTROL");

    private static readonly byte[][] FtpCommands = Split(
        "ACCT APPE CWD DELE EPRT EPSV HELP LIST MDTM MKD MODE NLST PASS PASV PORT PWD QUIT RETR RMD RNFR RNTO SITE SIZE STAT STOR TYPE USER");

    private static readonly byte[][] RtspCommands = Split("ANNOUNCE DESCRIBE GET_PARAMETER OPTIONS PAUSE PLAY RECORD REDIRECT SETUP SET_PARAMETER TEARDOWN");

    private static readonly byte[][] SipCommands = Split("ACK BYE CANCEL DO INFO INVITE MESSAGE NOTIFY OPTIONS PRACK QAUTH REFER REGISTER SPRACK SUBSCRIBE UPDATE PUBLISH");

    public static void Print(PrintContext context, PayloadKind kind, ReadOnlySpan<byte> data, int length)
    {
        TextBuffer output = context.Out;
        bool print;
        switch (kind)
        {
            case PayloadKind.Http:
                context.Protocol = ProtocolTag.Http;
                output.Append("HTTP"u8);
                print = IsRequestOrResponse(data, length, HttpCommands, codeIsSecond: true);
                break;
            case PayloadKind.Ftp:
                context.Protocol = ProtocolTag.Ftp;
                output.Append("FTP"u8);
                print = IsRequestOrResponse(data, length, FtpCommands, codeIsSecond: false);
                break;
            case PayloadKind.Rtsp:
                context.Protocol = ProtocolTag.Rtsp;
                output.Append("RTSP"u8);
                print = IsRequestOrResponse(data, length, RtspCommands, codeIsSecond: true);
                break;
            case PayloadKind.Sip:
                context.Protocol = ProtocolTag.Sip;
                output.Append("SIP"u8);
                print = IsRequestOrResponse(data, length, SipCommands, codeIsSecond: true);
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
            return;
        }

        if (context.Verbosity == 0)
        {
            PrintLine(context, ": "u8, data, 0, length);
            return;
        }

        output.Append(", length: "u8);
        output.AppendDecimal(length);
        int at = 0;
        while (at < length)
        {
            at = PrintLine(context, "\n\t"u8, data, at, length);
            if (at == 0)
            {
                break;
            }
        }
    }

    /// <summary>SSH shows its text lines, then falls silent when the keys are made.</summary>
    public static bool PrintSsh(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Ssh;
        TextBuffer output = context.Out;
        output.Append(": SSH"u8);
        _ = data;
        _ = length;
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

    /// <summary>Prints a line without its end; returns where the next begins, or 0 if there is none that is text.</summary>
    private static int PrintLine(PrintContext context, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> data, int start, int length)
    {
        TextBuffer output = context.Out;
        int at = start;
        while (at < length && at < data.Length)
        {
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
                    break;
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

    private static bool IsRequestOrResponse(ReadOnlySpan<byte> data, int length, byte[][] commands, bool codeIsSecond)
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

        if (codeIsSecond && FetchToken(data, end, length, out token) == 0)
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
        while (at < length && at < data.Length && IsBlank(data[at]) && data[at] is not ((byte)'\r' or (byte)'\n'))
        {
            at++;
        }

        return at;
    }

    private static bool IsBlank(byte octet) => octet is (byte)' ' or (>= 9 and <= 13);

    private static byte[][] Split(string words) => [.. words.Split(' ').Select(Encoding.ASCII.GetBytes)];
}
