namespace Finwait.Inspect;

/// <summary>
/// Finds out whether any packet at all can pass a filter, or be stopped by it: walks the ways through its program, remembering on each what the tests
/// so far have shown. A value that was equal to one number is not equal to another, and the same test has the same outcome twice.
/// </summary>
/// <remarks>That is what libpcap's optimizer knows too. Sizes compared in other ways (<c>len &gt; 5 and len &lt; 3</c>) tell neither of us anything.</remarks>
internal static class FilterReach
{
    /// <summary>Most looks at facts; a program that takes more is believed to let something pass.</summary>
    private const int Patience = 1 << 21;

    /// <summary>True if a way leads to an end of this kind, or if finding out would take too long.</summary>
    /// <param name="code">The program.</param>
    /// <param name="entry">Its first instruction.</param>
    /// <param name="end"><see cref="FilterOp.Accept"/> or <see cref="FilterOp.Reject"/>.</param>
    public static bool CanReach(FilterInstruction[] code, int entry, FilterOp end)
    {
        var facts = new List<(int At, bool Holds)>();
        var alternatives = new Stack<(int At, int Facts)>();
        int patience = Patience;
        int at = entry;
        while (patience-- > 0)
        {
            FilterInstruction instruction = code[at];
            switch (instruction.Op)
            {
                case FilterOp.Accept or FilterOp.Reject:
                    if (instruction.Op == end)
                    {
                        return true;
                    }

                    if (!alternatives.TryPop(out (int At, int Facts) other))
                    {
                        return false;
                    }

                    facts.RemoveRange(other.Facts, facts.Count - other.Facts);
                    facts.Add((other.At, false));
                    at = code[other.At].OnFalse;
                    break;
                case FilterOp.Match or FilterOp.MatchTransport or FilterOp.MatchLength or FilterOp.Compare or FilterOp.ProtocolChain:
                    bool? known = Outcome(code, facts, instruction);
                    patience -= facts.Count;
                    if (known is null)
                    {
                        alternatives.Push((at, facts.Count));
                        facts.Add((at, true));
                    }

                    at = known == false ? instruction.OnFalse : instruction.OnTrue;
                    break;
                default:
                    at = instruction.OnTrue;
                    break;
            }
        }

        return true;
    }

    /// <summary>What a test must give after what was found before; null if either is possible.</summary>
    private static bool? Outcome(FilterInstruction[] code, List<(int At, bool Holds)> facts, in FilterInstruction test)
    {
        if (test.Op is FilterOp.Compare or FilterOp.ProtocolChain)
        {
            return null;
        }

        if (test.Comparison == FilterComparison.AnyBit && test.Value == 0)
        {
            return false;
        }

        foreach ((int at, bool holds) in facts)
        {
            ref FilterInstruction fact = ref code[at];
            if (fact.Op != test.Op || fact.Offset != test.Offset || fact.Size != test.Size || fact.Mask != test.Mask || fact.Header != test.Header || fact.Comparison != test.Comparison)
            {
                continue;
            }

            if (fact.Value == test.Value)
            {
                return holds;
            }

            if (holds && test.Comparison == FilterComparison.Equal)
            {
                return false;
            }
        }

        return null;
    }
}
