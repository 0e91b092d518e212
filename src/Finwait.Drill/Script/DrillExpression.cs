namespace Finwait.Drill;

/// <summary>An argument or a result of a call.</summary>
internal abstract record DrillExpression;

/// <summary><c>...</c>: anything, or what the runner chooses.</summary>
internal sealed record EllipsisExpression : DrillExpression;

internal sealed record NumberExpression(long Value) : DrillExpression;

internal sealed record TextExpression(string Value) : DrillExpression;

internal sealed record SymbolExpression(string Name) : DrillExpression;

internal sealed record OrExpression(DrillExpression Left, DrillExpression Right) : DrillExpression;

/// <summary><c>htons(8080)</c> and its like.</summary>
internal sealed record FunctionExpression(string Name, IReadOnlyList<DrillExpression> Arguments) : DrillExpression;

internal sealed record ListExpression(IReadOnlyList<DrillExpression> Items) : DrillExpression;

/// <summary><c>{name=value, …}</c>; a member without a name has the name "".</summary>
internal sealed record StructExpression(IReadOnlyList<(string Name, DrillExpression Value)> Members) : DrillExpression
{
    public DrillExpression? this[string name]
    {
        get
        {
            foreach ((string key, DrillExpression value) in Members)
            {
                if (key == name)
                {
                    return value;
                }
            }

            return null;
        }
    }
}
