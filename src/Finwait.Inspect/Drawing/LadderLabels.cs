namespace Finwait.Inspect;

/// <summary>
/// Looks for places for the texts on the arrows of a ladder: in the middle where that is free, else nearer to the sender, so that the labels of
/// packets that cross each other stand in different halves.
/// </summary>
internal static class LadderLabels
{
    private const double Lift = 4;
    private const double Reach = 260;
    private const int MostCharacters = 44;
    private const int LeastCharacters = 12;

    /// <summary>Real numbers have more digits.</summary>
    private const int MoreForRealNumbers = 14;

    private static readonly double[] s_places = [0.5, 0.27, 0.24, 0.3, 0.34, 0.38, 0.42, 0.46, 0.58, 0.66, 0.73];

    public static void Place(LadderLayout layout)
    {
        var taken = new List<Quad>();
        foreach (LadderArrow arrow in layout.Arrows)
        {
            arrow.Angle = Math.Atan2(arrow.ToY - arrow.FromY, arrow.ToX - arrow.FromX) * 180 / Math.PI;
            arrow.Angle = arrow.Angle > 90 ? arrow.Angle - 180 : arrow.Angle < -90 ? arrow.Angle + 180 : arrow.Angle;
            arrow.Angle = Math.Abs(arrow.Angle) < 2.5 ? 0 : arrow.Angle;
            if (arrow.LossText.Length > 0)
            {
                taken.Add(LossQuad(arrow));
            }
        }

        for (int i = 0; i < layout.Arrows.Count; i++)
        {
            LadderArrow arrow = layout.Arrows[i];
            for (int most = MostCharacters; ; most -= 8)
            {
                arrow.Label = $"{arrow.Packet.Number} {arrow.Packet.Label(most)}";
                if (TryPlaceReal(layout, i, taken, most + MoreForRealNumbers) || TryPlaceReal(layout, i, taken, most))
                {
                    break;
                }

                if (most <= LeastCharacters)
                {
                    (arrow.Label, arrow.RealLabel) = ("", "");
                    break;
                }
            }
        }
    }

    /// <summary>The place of the text behind a cross.</summary>
    public static (double X, double Y, string Anchor) LossPlace(LadderArrow arrow) => arrow.IsLeftToRight ? (arrow.ToX + 10, arrow.ToY + 4, "start") : (arrow.ToX - 10, arrow.ToY + 4, "end");

    private static Quad LossQuad(LadderArrow arrow)
    {
        (double x, double y, _) = LossPlace(arrow);
        double width = SvgWriter.WidthOf(arrow.LossText, LadderLayout.LabelSize);
        return Quad.Of(arrow.IsLeftToRight ? x + (width / 2) : x - (width / 2), y, width, 0);
    }

    /// <summary>The same with a label of real numbers of so many characters beside it, where both are drawn.</summary>
    private static bool TryPlaceReal(LadderLayout layout, int index, List<Quad> taken, int most)
    {
        LadderArrow arrow = layout.Arrows[index];
        arrow.RealLabel = layout.HasBothNumbers && arrow.Packet.Facts.IsTcp ? $"{arrow.Packet.Number} {arrow.Packet.RealLabel(most)}" : "";
        return TryPlace(layout, index, taken);
    }

    private static bool TryPlace(LadderLayout layout, int index, List<Quad> taken)
    {
        LadderArrow arrow = layout.Arrows[index];
        double width = SvgWriter.WidthOf(arrow.LabelLength, LadderLayout.LabelSize);
        (double Score, double X, double Y, Quad Quad)? best = null;
        double length = Math.Abs(arrow.ToX - arrow.FromX);
        if (arrow.IsToItself || arrow.Packet.Packet.Fate == RunFate.NeverLeft)
        {
            return TryPlaceBeside(arrow, width, taken);
        }

        double full = layout.Span;
        foreach (double place in s_places)
        {
            // A lost packet's arrow is short: its label goes by the whole way.
            double way = Math.Sign(arrow.ToX - arrow.FromX) * full * place;
            double slope = length < 40 ? 0 : (arrow.ToY - arrow.FromY) / (arrow.ToX - arrow.FromX);
            bool fits = Math.Abs(way) - (width / 2) > 8 && Math.Abs(way) + (width / 2) < (arrow.LossText.Length > 0 ? Math.Max(length, width + 17) : full - 8);
            if (!fits)
            {
                continue;
            }

            double x = arrow.FromX + way;
            double middle = arrow.FromY + (way * slope);
            double y = arrow.Angle == 0 ? Math.Min(middle - (width / 2 * slope), middle + (width / 2 * slope)) - Lift : middle - Lift;
            Quad quad = Quad.Of(x, y, width, arrow.Angle);
            if (taken.Exists(other => other.Touches(quad)))
            {
                continue;
            }

            double score = Crossings(layout, index, quad) + (place == 0.5 ? 0 : 0.5) + Math.Abs(place - 0.27);
            if (best is null || score < best.Value.Score - 0.001)
            {
                best = (score, x, y, quad);
            }
        }

        if (best is not { } chosen)
        {
            return false;
        }

        (arrow.LabelX, arrow.LabelY) = (chosen.X, chosen.Y);
        taken.Add(chosen.Quad);
        return true;
    }

    /// <summary>The label of what goes out from a line and back to it stands beside the bend; of what did not leave, behind the reason.</summary>
    private static bool TryPlaceBeside(LadderArrow arrow, double width, List<Quad> taken)
    {
        double reach = arrow.LossText.Length == 0 ? LadderArrow.Reach : Math.Abs(arrow.ToX - arrow.FromX) + 22 + SvgWriter.WidthOf(arrow.LossText, LadderLayout.LabelSize);
        double x = arrow.FromX + ((arrow.IsLeftToRight ? 1 : -1) * (reach + (width / 2))), y = ((arrow.FromY + arrow.ToY) / 2) + Lift;
        Quad quad = Quad.Of(x, y, width, 0);
        if (taken.Exists(other => other.Touches(quad)))
        {
            return false;
        }

        (arrow.LabelX, arrow.LabelY, arrow.Angle) = (x, y, 0);
        taken.Add(quad);
        return true;
    }

    /// <summary>Arrows that run through a place.</summary>
    private static int Crossings(LadderLayout layout, int index, in Quad quad)
    {
        int count = 0;
        for (int i = 0; i < layout.Arrows.Count; i++)
        {
            LadderArrow other = layout.Arrows[i];
            if (i != index && other.FromY < quad.Y + Reach && other.ToY > quad.Y - Reach && quad.IsCrossedBy(other))
            {
                count++;
            }
        }

        return count;
    }

    /// <summary>The rectangle of a text that is turned about the middle of its baseline.</summary>
    internal readonly record struct Quad(double X, double Y, double HalfWidth, double HalfHeight, double Cos, double Sin)
    {
        private const double Height = LadderLayout.LabelSize * 1.2;

        /// <summary>From the middle of the baseline.</summary>
        public static Quad Of(double x, double baseline, double width, double angle)
        {
            (double sin, double cos) = Math.SinCos(angle * Math.PI / 180);
            double up = Height * 0.36; // the middle of a line of text is that far above its baseline
            return new Quad(x + (sin * up), baseline - (cos * up), width / 2, Height / 2, cos, sin);
        }

        public bool Touches(in Quad other)
        {
            double dx = other.X - X, dy = other.Y - Y;
            double radius = HalfWidth + HalfHeight + other.HalfWidth + other.HalfHeight;
            return Math.Abs(dx) < radius && Math.Abs(dy) < radius
                && Overlaps(this, other, Cos, Sin) && Overlaps(this, other, -Sin, Cos) && Overlaps(this, other, other.Cos, other.Sin) && Overlaps(this, other, -other.Sin, other.Cos);
        }

        public bool IsCrossedBy(LadderArrow arrow)
        {
            for (double at = 0; at <= 1; at += 0.02)
            {
                double dx = arrow.FromX + ((arrow.ToX - arrow.FromX) * at) - X, dy = arrow.FromY + ((arrow.ToY - arrow.FromY) * at) - Y;
                if (Math.Abs((dx * Cos) + (dy * Sin)) < HalfWidth && Math.Abs((dy * Cos) - (dx * Sin)) < HalfHeight)
                {
                    return true;
                }
            }

            return false;
        }

        /// <summary>True if the shadows of both rectangles on an axis overlap.</summary>
        private static bool Overlaps(in Quad a, in Quad b, double ax, double ay)
        {
            double distance = Math.Abs(((b.X - a.X) * ax) + ((b.Y - a.Y) * ay));
            return distance < a.Shadow(ax, ay) + b.Shadow(ax, ay);
        }

        private double Shadow(double ax, double ay) => (Math.Abs((Cos * ax) + (Sin * ay)) * HalfWidth) + (Math.Abs((Cos * ay) - (Sin * ax)) * HalfHeight);
    }
}
