using Finwait.Wire;

namespace Finwait.Inspect;

/// <content>Comparisons of calculated numbers.</content>
internal sealed partial class FilterParser
{
    /// <summary>A comparison, if one stands here; false and no error if something else does.</summary>
    private bool TryParseRelation(out FilterNode? node)
    {
        node = null;
        if (!CanBeginNumber())
        {
            return false;
        }

        FilterNumber? left = ParseNumber(0);
        if (left is null || !TryComparison(out FilterComparison comparison, out bool negated))
        {
            return false;
        }

        FilterNumber? right = ParseNumber(0);
        if (right is null)
        {
            if (_error is null)
            {
                Expected("a number");
            }

            return false;
        }

        node = MakeRelation(left, comparison, right, negated);
        return node is not null;
    }

    private bool CanBeginNumber()
    {
        FilterToken token = Current;
        return token.Kind == FilterTokenKind.Number || token.Is("(") || token.Is("-") || token.Is("len") || token.Is("length")
            || (token.Kind == FilterTokenKind.Word && (FilterNames.TryConstant(token.Text, out _) || (FilterKeywords.TryProtocol(token.Text, out _) && tokens[_at + 1].Is("["))))
            || (token.Kind == FilterTokenKind.Bad && char.IsAsciiDigit(token.Text[0]));
    }

    private bool TryComparison(out FilterComparison comparison, out bool negated)
    {
        (comparison, negated, bool found) = Current.Kind != FilterTokenKind.Operator ? (default, false, false) : Current.Text switch
        {
            "=" or "==" => (FilterComparison.Equal, false, true),
            "!=" => (FilterComparison.Equal, true, true),
            ">" => (FilterComparison.Greater, false, true),
            ">=" => (FilterComparison.GreaterOrEqual, false, true),
            "<" => (FilterComparison.GreaterOrEqual, true, true),
            "<=" => (FilterComparison.Greater, true, true),
            _ => (FilterComparison.Equal, false, false),
        };
        _at += found ? 1 : 0;
        return found;
    }

    private FilterNode? MakeRelation(FilterNumber left, FilterComparison comparison, FilterNumber right, bool negated)
    {
        FilterNode node;
        if (left is FilterKnown a && right is FilterKnown b)
        {
            bool holds = comparison switch
            {
                FilterComparison.Equal => a.Value == b.Value,
                FilterComparison.Greater => a.Value > b.Value,
                _ => a.Value >= b.Value,
            };
            return holds == negated ? FilterNode.Never : JoinGuards(left.Guard, right.Guard) ?? FilterNode.Always;
        }

        if (right is FilterKnown known && TryMakeTest(left, comparison, known.Value, out FilterNode? test))
        {
            node = test!;
        }
        else if (Math.Max(left.Registers, right.Registers + 1) > FilterProgram.Registers)
        {
            return Fail("out of registers needed to evaluate expression", Current.Start, $"at most {FilterProgram.Registers} numbers may wait to be combined");
        }
        else
        {
            node = new FilterRelation(left, comparison, right);
        }

        if (negated)
        {
            node = FilterNode.Not(node);
        }

        node = right.Guard is { } rightGuard ? FilterNode.And(rightGuard, node) : node;
        return left.Guard is { } leftGuard ? FilterNode.And(leftGuard, node) : node;
    }

    /// <summary>The usual case, octets at a known place compared with a known number, is one instruction.</summary>
    private static bool TryMakeTest(FilterNumber number, FilterComparison comparison, uint value, out FilterNode? test)
    {
        uint mask = uint.MaxValue;
        test = null;
        if (number is FilterCalculation { Op: FilterOp.And, Right: FilterKnown known } masked)
        {
            mask = known.Value;
            number = masked.Left;
        }

        switch (number)
        {
            case FilterLoad { Index: FilterKnown index } load when index.Value <= int.MaxValue / 2:
                test = FilterNode.Compare(load.BehindIpHeader ? FilterOp.MatchTransport : FilterOp.Match, load.Offset + (int)index.Value, load.Size, comparison, value, mask, load.Header);
                return true;
            case FilterPacketLength:
                test = FilterNode.Compare(FilterOp.MatchLength, 0, 4, comparison, value, mask);
                return true;
            default:
                return false;
        }
    }

    /// <summary>A number; null if none stands here.</summary>
    /// <param name="precedence">Operators that bind less are left to the caller.</param>
    private FilterNumber? ParseNumber(int precedence)
    {
        FilterNumber? left = ParseOperand();
        while (left is not null && TryOperator(precedence, out FilterOp op, out int rightPrecedence))
        {
            int position = Current.Start;
            FilterNumber? right = ParseNumber(rightPrecedence);
            left = right is null ? null : Calculate(op, left, right, position);
        }

        return left;
    }

    private bool TryOperator(int precedence, out FilterOp op, out int rightPrecedence)
    {
        (op, int own) = Current.Kind != FilterTokenKind.Operator ? (default, -1) : Current.Text switch
        {
            "|" => (FilterOp.Or, 1),
            "&" => (FilterOp.And, 2),
            "<<" => (FilterOp.ShiftLeft, 3),
            ">>" => (FilterOp.ShiftRight, 3),
            "+" => (FilterOp.Add, 4),
            "-" => (FilterOp.Subtract, 4),
            "*" => (FilterOp.Multiply, 5),
            "/" => (FilterOp.Divide, 5),

            // These two have no precedence in libpcap's grammar: they bind to the operand in front and take all that follows.
            "%" => (FilterOp.Modulo, 9),
            "^" => (FilterOp.Xor, 9),
            _ => (FilterOp.Accept, -1),
        };
        rightPrecedence = own == 9 ? 0 : own + 1;
        if (own < 0 || own < precedence)
        {
            return false;
        }

        _at++;
        return true;
    }

    private FilterNumber? Calculate(FilterOp op, FilterNumber left, FilterNumber right, int position)
    {
        if (right is FilterKnown { Value: 0 } && op is FilterOp.And or FilterOp.Multiply)
        {
            return new FilterKnown(0) { Guard = left.Guard };
        }

        if (right is FilterKnown known)
        {
            string? fault = op switch
            {
                FilterOp.Divide when known.Value == 0 => "division by zero",
                FilterOp.Modulo when known.Value == 0 => "modulus by zero",
                FilterOp.ShiftLeft or FilterOp.ShiftRight when known.Value > 31 => "shift by more than 31 bits",
                _ => null,
            };
            if (fault is not null)
            {
                Fail(fault, position, "");
                return null;
            }

            if (left is FilterKnown other)
            {
                return new FilterKnown(op switch
                {
                    FilterOp.Divide => other.Value / known.Value,
                    FilterOp.Modulo => other.Value % known.Value,
                    _ => FilterArithmetic.Apply(op, other.Value, known.Value),
                });
            }
        }

        // libpcap asks only for the left operand's protocol here, and who compares counts with it would be puzzled by others.
        return new FilterCalculation(op, left, right) { Guard = left.Guard };
    }

    private static FilterNode? JoinGuards(FilterNode? left, FilterNode? right) => left is null ? right : right is null ? left : FilterNode.And(left, right);

    private FilterNumber? ParseOperand()
    {
        // Neither the outermost term nor the outermost operand in it stands in parentheses.
        if (++_depth > DeepestNesting + 2)
        {
            Fail("the expression is nested too deeply", Current.Start, $"at most {DeepestNesting} parentheses may stand in each other");
            return null;
        }

        FilterNumber? number = ParseOperandInside();
        _depth--;
        return number;
    }

    private FilterNumber? ParseOperandInside()
    {
        FilterToken token = Current;
        if (token.Kind == FilterTokenKind.Bad && token.Text.Length > 0 && char.IsAsciiDigit(token.Text[0]))
        {
            Expected("a number");
            return null;
        }

        if (token.Kind == FilterTokenKind.Number)
        {
            _at++;
            return new FilterKnown(token.Number);
        }

        if (token.Is("-"))
        {
            _at++;
            FilterNumber? inner = ParseOperand();
            return inner is FilterKnown known ? new FilterKnown(unchecked(0 - known.Value)) : inner is null ? null : new FilterCalculation(FilterOp.Negate, inner, null) { Guard = inner.Guard };
        }

        if (token.Is("("))
        {
            _at++;
            FilterNumber? inner = ParseNumber(0);
            if (inner is null || !Current.Is(")"))
            {
                return null;
            }

            _at++;
            return inner;
        }

        if (token.Is("len") || token.Is("length"))
        {
            _at++;
            return new FilterPacketLength();
        }

        if (token.Kind == FilterTokenKind.Word && FilterNames.TryConstant(token.Text, out uint value))
        {
            _at++;
            return new FilterKnown(value);
        }

        if (token.Kind == FilterTokenKind.Word && FilterKeywords.TryProtocol(token.Text, out FilterProtocol protocol) && tokens[_at + 1].Is("["))
        {
            _at += 2;
            return ParseLoad(protocol, token.Start);
        }

        return null;
    }

    /// <summary>What stands in brackets behind a protocol: a place in its header, and perhaps how many octets.</summary>
    private FilterNumber? ParseLoad(FilterProtocol protocol, int position)
    {
        FilterNumber? index = ParseNumber(0);
        if (index is null)
        {
            Expected("a number");
            return null;
        }

        uint size = 1;
        if (Current.Is(":"))
        {
            _at++;
            if (Current.Kind != FilterTokenKind.Number)
            {
                Expected("1, 2 or 4");
                return null;
            }

            size = Current.Number;
            if (size is not (1 or 2 or 4))
            {
                Fail("data size must be 1, 2, or 4", Current.Start, "");
                return null;
            }

            _at++;
        }

        if (!Current.Is("]"))
        {
            Expected("']'");
            return null;
        }

        _at++;
        FilterNode? guard = JoinGuards(index.Guard, LoadGuard(protocol));
        switch (protocol)
        {
            case FilterProtocol.Link:
                return new FilterLoad(behindIpHeader: false, 0, link.HeaderOffset, index, (int)size) { Guard = guard };
            case FilterProtocol.Icmp6:
                return new FilterLoad(behindIpHeader: false, 0, link.NetworkOffset + Ipv6HeaderLength, index, (int)size) { Guard = guard };
            case FilterProtocol.Ip or FilterProtocol.Ip6 or FilterProtocol.Arp or FilterProtocol.Rarp or FilterProtocol.Decnet or FilterProtocol.Lat
                or FilterProtocol.Sca or FilterProtocol.MopDl or FilterProtocol.MopRc or FilterProtocol.Atalk:
                return new FilterLoad(behindIpHeader: false, 0, link.NetworkOffset, index, (int)size) { Guard = guard };
            case FilterProtocol.Tcp or FilterProtocol.Udp or FilterProtocol.Sctp or FilterProtocol.Icmp or FilterProtocol.Igmp or FilterProtocol.Igrp
                or FilterProtocol.Pim or FilterProtocol.Vrrp or FilterProtocol.Carp:
                return new FilterLoad(behindIpHeader: true, link.NetworkOffset, link.NetworkOffset, index, (int)size) { Guard = guard };
            default:
                Fail("unsupported index operation", position, "");
                return null;
        }
    }

    private FilterNode? LoadGuard(FilterProtocol protocol) => protocol switch
    {
        FilterProtocol.Link => null,
        FilterProtocol.Icmp6 => FilterNode.And(link.IsType(EtherType.Ipv6), FilterNode.Is(link.NetworkOffset + 6, 1, IpProtocol.Icmpv6)),
        FilterProtocol.Ip or FilterProtocol.Ip6 or FilterProtocol.Arp or FilterProtocol.Rarp or FilterProtocol.Decnet or FilterProtocol.Lat
            or FilterProtocol.Sca or FilterProtocol.MopDl or FilterProtocol.MopRc or FilterProtocol.Atalk => MakeProtocol(protocol),
        _ => FilterNode.And(FilterNode.And(link.IsType(EtherType.Ipv4), MakeProtocol(protocol)), NotLaterFragment()),
    };
}
