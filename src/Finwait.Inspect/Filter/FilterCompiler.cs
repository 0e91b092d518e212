namespace Finwait.Inspect;

/// <summary>Turns conditions into instructions, the last one first: then every jump's target is known when the jump is made.</summary>
internal sealed class FilterCompiler
{
    private readonly List<FilterInstruction> _reversed = [];

    public static FilterProgram Compile(FilterNode node)
    {
        var compiler = new FilterCompiler();
        int accept = compiler.Add(new FilterInstruction { Op = FilterOp.Accept });
        int reject = compiler.Add(new FilterInstruction { Op = FilterOp.Reject });
        int entry = compiler.Emit(node, accept, reject);
        return new FilterProgram(compiler.Finish(), compiler._reversed.Count - 1 - entry);
    }

    private int Add(FilterInstruction instruction)
    {
        _reversed.Add(instruction);
        return _reversed.Count - 1;
    }

    /// <summary>Emits a condition; returns the number of its first instruction.</summary>
    private int Emit(FilterNode node, int onTrue, int onFalse)
    {
        // Long lists of alternatives lean to the left: they are walked, not recursed into.
        while (true)
        {
            switch (node)
            {
                case FilterPair { IsAnd: true } pair:
                    onTrue = Emit(pair.Right, onTrue, onFalse);
                    node = pair.Left;
                    break;
                case FilterPair pair:
                    onFalse = Emit(pair.Right, onTrue, onFalse);
                    node = pair.Left;
                    break;
                case FilterNot not:
                    (onTrue, onFalse) = (onFalse, onTrue);
                    node = not.Inner;
                    break;
                case FilterConstant constant:
                    return constant.Value ? onTrue : onFalse;
                case FilterTest test:
                    return Add(test.Instruction with { OnTrue = onTrue, OnFalse = onFalse });
                case FilterRelation relation:
                    return EmitRelation(relation, onTrue, onFalse);
                default:
                    throw new InvalidOperationException("a condition without instructions");
            }
        }
    }

    private int EmitRelation(FilterRelation relation, int onTrue, int onFalse)
    {
        int next = Add(new FilterInstruction { Op = FilterOp.Compare, Comparison = relation.Comparison, Target = 0, Source = 1, OnTrue = onTrue, OnFalse = onFalse });
        next = EmitNumber(relation.Right, 1, next);
        return EmitNumber(relation.Left, 0, next);
    }

    private int EmitNumber(FilterNumber number, byte register, int next)
    {
        switch (number)
        {
            case FilterKnown known:
                return Add(new FilterInstruction { Op = FilterOp.Constant, Target = register, Value = known.Value, OnTrue = next });
            case FilterPacketLength:
                return Add(new FilterInstruction { Op = FilterOp.Length, Target = register, OnTrue = next });
            case FilterLoad load:
                next = Add(new FilterInstruction
                {
                    Op = load.BehindIpHeader ? FilterOp.LoadTransport : FilterOp.Load,
                    Target = register,
                    Offset = load.Offset,
                    Header = load.Header,
                    Size = (byte)load.Size,
                    OnTrue = next,
                });
                return EmitNumber(load.Index, register, next);
            case FilterCalculation { Right: null } negation:
                next = Add(new FilterInstruction { Op = negation.Op, Target = register, OnTrue = next });
                return EmitNumber(negation.Left, register, next);
            case FilterCalculation calculation:
                next = Add(new FilterInstruction { Op = calculation.Op, Target = register, Source = (byte)(register + 1), OnTrue = next });
                next = EmitNumber(calculation.Right!, (byte)(register + 1), next);
                return EmitNumber(calculation.Left, register, next);
            default:
                throw new InvalidOperationException("a number without instructions");
        }
    }

    /// <summary>Turned round, so that running goes upwards.</summary>
    private FilterInstruction[] Finish()
    {
        int last = _reversed.Count - 1;
        var code = new FilterInstruction[_reversed.Count];
        for (int i = 0; i <= last; i++)
        {
            code[last - i] = _reversed[i] with { OnTrue = last - _reversed[i].OnTrue, OnFalse = last - _reversed[i].OnFalse };
        }

        return code;
    }
}
