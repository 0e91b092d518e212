using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Drill;

/// <content>Reading arguments.</content>
internal sealed partial class CallRunner
{
    private DrillExpression Argument(CallAction action, int index) =>
        index < action.Arguments.Count ? action.Arguments[index] : throw Fault(action, $"Expected more arguments: there are {action.Arguments.Count}");

    private static bool Has(CallAction action, int index) => index < action.Arguments.Count;

    private long Number(CallAction action, int index) => Value(Argument(action, index));

    /// <summary>The host's handle of a socket of the script; one that is not open if the script's is not.</summary>
    private int Handle(CallAction action, int index) => _handles.GetValueOrDefault(Number(action, index), int.MaxValue >> 2);

    private DrillExpression Member(CallAction action, StructExpression item, string name) => item[name] ?? throw Fault(action, $"the structure needs a member '{name}'");

    private long Value(DrillExpression expression)
    {
        switch (expression)
        {
            case NumberExpression number:
                return number.Value;
            case OrExpression or:
                return Value(or.Left) | Value(or.Right);
            case ListExpression { Items: [var one] }:
                return Value(one);
            case FunctionExpression { Name: "htons" or "ntohs" or "htonl" or "ntohl", Arguments: [var inner] }:
                return Value(inner);
            case SymbolExpression symbol:
                return ValueOf(symbol.Name, 0);
            default:
                throw new DrillFault(_line, "expected a number");
        }
    }

    private long ValueOf(string name, int depth)
    {
        if (config.Definitions.TryGetValue(name, out string? text) && depth < 8)
        {
            return long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out long number) ? number
                : text.StartsWith("0x", StringComparison.Ordinal) && long.TryParse(text.AsSpan(2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out number) ? number
                : ValueOf(text, depth + 1);
        }

        if (SymbolTable.TryGet(name, out long value))
        {
            return value;
        }

        throw SymbolTable.IsKernels(name) ? (Exception)new DrillNeed(_line, $"the constant {name}") : new DrillFault(_line, $"unknown symbol {name}");
    }

    private string Text(DrillExpression expression) => expression switch
    {
        TextExpression text => text.Value,
        ListExpression { Items: [TextExpression text] } => text.Value,
        SymbolExpression symbol when config.Definitions.TryGetValue(symbol.Name, out string? text) => text,
        _ => throw new DrillFault(_line, "expected a string"),
    };

    private SocketAddress Address(CallAction action, int index, IpAddress address, ushort number, int handle)
    {
        if (Argument(action, index) is StructExpression given)
        {
            DrillExpression? where = given["sin_addr"] ?? given["sin6_addr"];
            if (given["sa_family"] is { } family && Value(family) is var f && f != 2 && f != 10)
            {
                // An address of no family that a socket has: connect() and bind() say so themselves.
                return new SocketAddress(f == 0 ? default : IpAddress.AnyV4, 0);
            }

            number = (given["sin_port"] ?? given["sin6_port"]) is { } p ? (ushort)Value(p) : number;
            address = where switch
            {
                FunctionExpression { Arguments: [.., TextExpression text] } when IpAddress.TryParse(text.Value, out IpAddress parsed) => parsed,
                SymbolExpression { Name: "INADDR_ANY" } => IpAddress.AnyV4,
                _ => address,
            };
            return new SocketAddress(Mapped(address, handle), number);
        }

        return new SocketAddress(Mapped(address, handle), number);
    }

    /// <summary>An IPv4 address as a socket of AF_INET6 takes it.</summary>
    private IpAddress Mapped(IpAddress address, int handle)
    {
        bool isV6Socket = port.GetOption(handle, SocketOption.Domain, out int domain) == Errno.None && domain == (int)AddressFamily.Inet6;
        return isV6Socket && address.IsV4 ? address.IsUnspecified ? IpAddress.AnyV6 : IpAddress.FromV6(0, 0xFFFF_0000_0000UL | address.V4) : address;
    }

    private IpAddress Any(int handle) => Mapped(IpAddress.AnyV4, handle);

    private static IpAddress Unmapped(IpAddress address) => address.IsV6 && address.High == 0 && address.Low >> 32 == 0xFFFF ? IpAddress.FromV4((uint)address.Low) : address;
}
