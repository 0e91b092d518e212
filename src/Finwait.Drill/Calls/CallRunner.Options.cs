using System.Globalization;
using Finwait.Stack;

namespace Finwait.Drill;

/// <content>Socket options.</content>
internal sealed partial class CallRunner
{
    private void SetOption(CallAction action)
    {
        int handle = Handle(action, 0);
        long level = Number(action, 1);
        string name = OptionNames.Of(level, Argument(action, 2));
        DrillExpression value = Argument(action, 3);
        switch (name)
        {
            case "SO_LINGER" when value is StructExpression linger:
                long on = Value(linger["onoff"] ?? linger["l_onoff"] ?? linger.Members[0].Value);
                long seconds = Value(linger["linger"] ?? linger["l_linger"] ?? linger.Members[^1].Value);
                Simple(action, port.SetOption(handle, SocketOption.Linger, on == 0 ? -1 : (int)seconds));
                return;
            case "SO_RCVTIMEO" or "SO_SNDTIMEO" when value is StructExpression time:
                long micros = (Value(Member(action, time, "tv_sec")) * 1_000_000) + Value(Member(action, time, "tv_usec"));
                Simple(action, port.SetTimeout(handle, TimeSpan.FromMicroseconds(micros), name == "SO_SNDTIMEO"));
                return;
            case "TCP_CONGESTION":
                Simple(action, port.SetOption(handle, SocketOption.TcpCongestion, System.Text.Encoding.ASCII.GetBytes(Text(value))));
                return;
            case "SO_TIMESTAMPING" or "SO_TIMESTAMP" or "SO_ZEROCOPY" or "TCP_ULP" or "TCP_MD5SIG" or "TCP_REPAIR" or "TCP_AO_ADD_KEY" or "TCP_FASTOPEN_KEY" or "TCP_TX_DELAY":
                throw new DrillNeed(_line, name);
            case "SO_PRIORITY" or "SO_INCOMING_CPU" or "SO_BUSY_POLL":
                Simple(action, port.GetOption(handle, SocketOption.Type, out _));
                return;
            case "SO_RCVBUFFORCE":
                name = "SO_RCVBUF";
                break;
            case "SO_SNDBUFFORCE":
                name = "SO_SNDBUF";
                break;
        }

        if (!OptionNames.TryFind(name, out SocketOption option))
        {
            throw new DrillNeed(_line, name);
        }

        long length = Has(action, 4) && Argument(action, 4) is not EllipsisExpression ? Number(action, 4) : 4;
        Simple(action, length < 4 ? Errno.EINVAL : port.SetOption(handle, option, (int)Value(value)));
    }

    private void GetOption(CallAction action)
    {
        int handle = Handle(action, 0);
        long level = Number(action, 1);
        string name = OptionNames.Of(level, Argument(action, 2));
        DrillExpression value = Argument(action, 3);
        if (name == "TCP_INFO")
        {
            Errno found = port.GetInfo(handle, out _);
            Simple(action, found == Errno.ENOTCONN ? Errno.None : found);
            return;
        }

        if (name == "TCP_CONGESTION")
        {
            byte[] octets = new byte[16];
            Simple(action, port.GetOption(handle, SocketOption.TcpCongestion, octets, out _));
            string actual = System.Text.Encoding.ASCII.GetString(octets).TrimEnd('\0');
            CheckLength(action, octets.Length);
            DrillExpression wantedName = value is ListExpression { Items: [var only] } ? only : value;
            if (wantedName is not EllipsisExpression && Text(wantedName) != actual)
            {
                throw Fault(action, $"Expected \"{Text(wantedName)}\" but got \"{actual}\"");
            }

            return;
        }

        if (!OptionNames.TryFind(name, out SocketOption option))
        {
            throw new DrillNeed(_line, name);
        }

        Errno error = port.GetOption(handle, option, out int number);
        Simple(action, error);
        if (error != Errno.None)
        {
            return;
        }

        CheckLength(action, option == SocketOption.Linger ? 8 : 4);
        if (value is StructExpression linger && option == SocketOption.Linger)
        {
            Expect(action, "onoff", linger["onoff"] ?? linger["l_onoff"] ?? linger.Members[0].Value, number < 0 ? 0 : 1);
            Expect(action, "linger", linger["linger"] ?? linger["l_linger"] ?? linger.Members[^1].Value, Math.Max(number, 0));
            return;
        }

        DrillExpression wanted = value is ListExpression { Items: [var one] } ? one : value;
        if (option == SocketOption.Error && wanted is SymbolExpression { Name: ['E', ..] } symbol)
        {
            Errno expected = SymbolTable.ErrnoOf(symbol.Name);
            wanted = new NumberExpression((int)expected);
        }

        if (wanted is not EllipsisExpression && Value(wanted) != number)
        {
            throw Fault(action, string.Create(CultureInfo.InvariantCulture, $"Expected option value {Value(wanted)} but got {number}"));
        }
    }

    /// <summary>The length that getsockopt() gives back: as much as it has, and no more than was asked for.</summary>
    private void CheckLength(CallAction action, long actual)
    {
        if (Has(action, 4) && Argument(action, 4) is ListExpression { Items: [not EllipsisExpression] } given && Value(given) > actual)
        {
            throw Fault(action, string.Create(CultureInfo.InvariantCulture, $"Expected length {Value(given)} but got {actual}"));
        }
    }
}
