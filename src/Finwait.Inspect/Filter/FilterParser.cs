namespace Finwait.Inspect;

/// <summary>
/// Parses an expression: alternatives and concatenations with one precedence, from the left; identifiers that inherit
/// the qualifiers of the one before; comparisons of calculated numbers.
/// </summary>
internal sealed partial class FilterParser(List<FilterToken> tokens, FilterLink link, FilterNames names)
{
    private const int DeepestNesting = 200;

    /// <summary>More words and signs are not taken: sums and alternatives of any length hang on each other one by one.</summary>
    private const int MostTokens = 8000;

    private int _at;
    private int _depth;
    private FilterError? _error;

    private FilterToken Current => tokens[_at];

    /// <summary>Parses everything; null for an empty expression and for a faulty one.</summary>
    public FilterNode? ParseAll(out FilterError? error)
    {
        error = null;
        if (Current.Kind == FilterTokenKind.End)
        {
            return null;
        }

        if (!link.IsKnown)
        {
            error = new FilterError("filters on this link type are not supported", 0, "leave the filter out, or use one of Ethernet, raw IP, loopback, PPP or Linux cooked captures");
            return null;
        }

        if (tokens.Count > MostTokens)
        {
            error = new FilterError("the expression is too long", tokens[MostTokens].Start, $"at most {MostTokens} words and signs");
            return null;
        }

        FilterNode? node = ParseExpression(FilterQualifier.Missing, out _);
        if (node is not null && Current.Kind != FilterTokenKind.End)
        {
            node = Expected("'and', 'or' or the end");
        }

        if (node is not null && link.Fault is { } fault)
        {
            node = Fail(fault, 0, "");
        }

        error = _error;
        return node;
    }

    private FilterNode? ParseExpression(FilterQualifier inherited, out FilterQualifier qualifier)
    {
        FilterNode? node = ParseTerm(inherited, out qualifier);
        while (node is not null && TryConnective(out bool isAnd))
        {
            FilterNode? right = ParseTerm(qualifier, out qualifier);
            node = right is null ? null : Join(node, right, isAnd);
        }

        return node;
    }

    private static FilterNode Join(FilterNode left, FilterNode right, bool isAnd)
    {
        if (left is FilterConstant known)
        {
            return known.Value == isAnd ? right : left;
        }

        return right is FilterConstant other ? (other.Value == isAnd ? left : right) : isAnd ? FilterNode.And(left, right) : FilterNode.Or(left, right);
    }

    private bool TryConnective(out bool isAnd)
    {
        isAnd = Current.Is("and") || Current.Is("&&");
        if (!isAnd && !Current.Is("or") && !Current.Is("||"))
        {
            return false;
        }

        _at++;
        return true;
    }

    /// <summary>A term, perhaps negated; one more identifier may inherit its qualifier.</summary>
    private FilterNode? ParseTerm(FilterQualifier inherited, out FilterQualifier qualifier)
    {
        qualifier = inherited;
        bool negated = false;
        while (Current.Is("not") || Current.Is("!"))
        {
            negated = !negated;
            _at++;
        }

        // The outermost term stands in no parentheses.
        if (++_depth > DeepestNesting + 1)
        {
            return Fail("the expression is nested too deeply", Current.Start, $"at most {DeepestNesting} parentheses may stand in each other");
        }

        FilterNode? node = ParsePrimary(inherited, out qualifier);
        _depth--;
        return node switch
        {
            null => null,
            FilterConstant known when negated => known.Value ? FilterNode.Never : FilterNode.Always,
            _ => negated ? FilterNode.Not(node) : node,
        };
    }

    private FilterNode? ParsePrimary(FilterQualifier inherited, out FilterQualifier qualifier)
    {
        qualifier = inherited;
        int start = _at;
        if (TryParseRelation(out FilterNode? relation))
        {
            qualifier = FilterQualifier.Missing;
            return relation;
        }

        if (_error is not null)
        {
            return null;
        }

        _at = start;
        if (Current.Is("("))
        {
            _at++;
            FilterNode? inner = ParseExpression(inherited, out qualifier);
            if (inner is null)
            {
                return null;
            }

            if (!Current.Is(")"))
            {
                return Expected("')'");
            }

            _at++;
            return inner;
        }

        if (IsIdentifier(Current))
        {
            if (inherited.Subject == FilterSubject.None)
            {
                return _at == 0
                    ? Expected("a qualifier such as 'host', 'net' or 'port' in front of it")
                    : Fail("syntax error in filter expression", Current.Start, $"'{Current.Text}' needs a qualifier such as 'host', 'net' or 'port' in front of it");
            }

            return ParseIdentifier(inherited);
        }

        return ParsePrimitive(out qualifier);
    }

    private static bool IsIdentifier(FilterToken token) =>
        token.Kind is FilterTokenKind.Number or FilterTokenKind.Dotted or FilterTokenKind.Ipv6 or FilterTokenKind.Mac or FilterTokenKind.Escaped
        || (token.Kind == FilterTokenKind.Word && !FilterKeywords.IsKeyword(token.Text));

    private FilterNode? Expected(string what)
    {
        FilterToken token = Current;
        string hint = token.Kind == FilterTokenKind.End ? $"the expression ends, but {what} was expected" : $"'{token.Text}' stands where {what} was expected";
        if (token.Kind == FilterTokenKind.Bad && token.Text.Length > 0 && char.IsAsciiDigit(token.Text[0]))
        {
            return Fail(token.Text[0] == '0' && token.Text.All(char.IsAsciiDigit) ? $"number {token.Text} contains non-octal digit" : $"number {token.Text} overflows 32 bits", token.Start, "");
        }

        return Fail("can't parse filter expression: syntax error", token.Start, hint);
    }

    private FilterNode? Fail(string text, int position, string hint)
    {
        _error ??= new FilterError(text, position, hint);
        return null;
    }
}
