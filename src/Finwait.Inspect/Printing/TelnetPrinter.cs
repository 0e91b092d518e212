namespace Finwait.Inspect;

/// <summary>Telnet commands (RFC 854); what people type is not shown. Authentication and encryption are shown as numbers.</summary>
internal static class TelnetPrinter
{
    private const byte InterpretAsCommand = 255;
    private const byte SubnegotiationEnd = 240;
    private const byte Subnegotiation = 250;
    private const byte FirstCommand = 236;

    private static readonly byte[][] Options =
    [
        .. "BINARY|ECHO|RCP|SUPPRESS GO AHEAD|NAME|STATUS|TIMING MARK|RCTE|NAOL|NAOP|NAOCRD|NAOHTS|NAOHTD|NAOFFD|NAOVTS|NAOVTD|NAOLFD|EXTEND ASCII|LOGOUT|BYTE MACRO|DATA ENTRY TERMINAL|SUPDUP|SUPDUP OUTPUT|SEND LOCATION|TERMINAL TYPE|END OF RECORD|TACACS UID|OUTPUT MARKING|TTYLOC|3270 REGIME|X.3 PAD|NAWS|TSPEED|LFLOW|LINEMODE|XDISPLOC|OLD-ENVIRON|AUTHENTICATION|ENCRYPT|NEW-ENVIRON"
            .Split('|').Select(System.Text.Encoding.ASCII.GetBytes),
    ];

    private static readonly byte[][] Commands =
    [
        .. "EOF|SUSP|ABORT|EOR|SE|NOP|DMARK|BRK|IP|AO|AYT|EC|EL|GA|SB|WILL|WONT|DO|DONT".Split('|').Select(System.Text.Encoding.ASCII.GetBytes),
    ];

    /// <summary>False if octets are missing.</summary>
    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Telnet;
        TextBuffer output = context.Out;
        bool first = true;
        while (length > 0)
        {
            int start = output.Length;
            output.Append(first ? " [telnet "u8 : ", "u8);
            CommandEnd end = PrintCommand(output, data, length, out int taken);
            if (end != CommandEnd.Whole)
            {
                output.Truncate(start);
                if (end == CommandEnd.Cut)
                {
                    return false;
                }

                if (end == CommandEnd.CutInside)
                {
                    context.PrintTruncated();
                }

                break;
            }

            first = false;
            data = data[taken..];
            length -= taken;
        }

        output.Append(first ? default : "]"u8);
        return true;
    }

    /// <summary>How the reading of a command ended.</summary>
    private enum CommandEnd
    {
        Whole,

        /// <summary>No command, or not all of it.</summary>
        None,

        /// <summary>Octets were not captured.</summary>
        Cut,

        /// <summary>The same within a subnegotiation.</summary>
        CutInside,
    }

    private static CommandEnd PrintCommand(TextBuffer output, ReadOnlySpan<byte> data, int length, out int taken)
    {
        taken = 2;
        if (data.Length < Math.Min(length, 2))
        {
            return data.Length == 1 && data[0] != InterpretAsCommand ? CommandEnd.None : CommandEnd.Cut;
        }

        if (data[0] != InterpretAsCommand || length < 2)
        {
            return CommandEnd.None;
        }

        byte command = data[1];
        if (command == InterpretAsCommand)
        {
            output.Append("IAC IAC"u8);
            return CommandEnd.Whole;
        }

        if (command < FirstCommand)
        {
            return CommandEnd.None;
        }

        output.Append(Commands[command - FirstCommand]);
        if (command < Subnegotiation)
        {
            return CommandEnd.Whole;
        }

        taken = 3;
        if (length < 3)
        {
            return CommandEnd.None;
        }

        if (data.Length < 3)
        {
            return CommandEnd.Cut;
        }

        output.Append(' ');
        if (data[2] < Options.Length)
        {
            output.Append(Options[data[2]]);
        }
        else
        {
            PrintNumber(output, data[2]);
        }

        return command == Subnegotiation ? PrintSubnegotiation(output, data, length, out taken) : CommandEnd.Whole;
    }

    private static CommandEnd PrintSubnegotiation(TextBuffer output, ReadOnlySpan<byte> data, int length, out int taken)
    {
        const int ValueAt = 3;
        int end = ValueAt;
        taken = 0;
        while (length - ValueAt > end + 1 - ValueAt)
        {
            if (data.Length < end + 2)
            {
                return CommandEnd.CutInside;
            }

            if (data[end] == InterpretAsCommand && data[end + 1] == SubnegotiationEnd)
            {
                break;
            }

            end++;
        }

        if (data.Length <= end)
        {
            return CommandEnd.Cut;
        }

        if (data[end] != InterpretAsCommand)
        {
            return CommandEnd.None;
        }

        for (int at = ValueAt; at < end; at++)
        {
            output.Append(' ');
            if (at == ValueAt && data[at] <= 2)
            {
                output.Append(data[at] == 0 ? "IS"u8 : data[at] == 1 ? "SEND"u8 : "INFO"u8);
            }
            else
            {
                PrintNumber(output, data[at]);
            }
        }

        output.Append(" SE"u8);
        taken = Math.Min(end + 2, Math.Min(length, data.Length));
        return CommandEnd.Whole;
    }

    /// <summary>Hex with 0x, zero without.</summary>
    private static void PrintNumber(TextBuffer output, byte number)
    {
        output.Append(number == 0 ? default : "0x"u8);
        output.AppendHex(number, 1);
    }
}
