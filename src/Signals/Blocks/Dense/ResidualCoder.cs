using System.Runtime.InteropServices;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// Chooses how residuals are coded (shape of the models, length of the groups, scale of each group) by what it costs,
/// and writes the whole payload of a channel. Reusable; not thread-safe.
/// </summary>
internal sealed class ResidualCoder
{
    // What one more group costs: its scale, coded as a difference.
    private const float BitsOfScale = 2.5f;

    private readonly RowWriter rows = new();
    private readonly List<byte> head = [];
    private readonly List<Scale> scales = [];
    private readonly List<Scale> bestScales = [];

    /// <summary>The payload last made.</summary>
    public ReadOnlySpan<byte> Payload => CollectionsMarshal.AsSpan(head);

    /// <summary>Encodes a channel to <see cref="Payload"/>.</summary>
    /// <param name="plan">Shape and length of groups and the scales are set here; all else is given.</param>
    /// <param name="numbers">What is encoded, to see where it stands still.</param>
    /// <param name="residuals">One for each of them.</param>
    public void Encode(DensePlan plan, ReadOnlySpan<short> numbers, ReadOnlySpan<short> residuals)
    {
        Choose(ref plan, numbers, residuals);
        plan.FirstScale = bestScales[0];
        var differences = new short[bestScales.Count];
        for (int i = 1; i < differences.Length; i++)
        {
            differences[i] = (short)(bestScales[i].Number - bestScales[i - 1].Number);
        }
        plan.ScaleOfScales = BestScale(differences, plan.Shape, out _);
        rows.Begin(plan.Shape);
        head.Clear();
        DenseLayout.Write(plan, head);
        AddTaps(plan);
        head.Add((byte)plan.ScaleOfScales.Number);
        head.Add((byte)plan.FirstScale.Number);
        for (int group = 0; group < bestScales.Count; group++)
        {
            if (group % DenseLayout.ScaleRun == 0)
            {
                int run = Math.Min(DenseLayout.ScaleRun, differences.Length - group);
                rows.Add(differences.AsSpan(group, run), plan.ScaleOfScales);
            }
            rows.Add(Group(residuals, group, plan.GroupSamples), bestScales[group]);
        }
        rows.Finish();
        DenseLayout.WriteCount(rows.Lows.Length / RowReader.Lanes, head);
        DenseLayout.WriteCount(rows.Escapes.Length, head);
        head.AddRange(MemoryMarshal.AsBytes(rows.Lows));
        head.AddRange(MemoryMarshal.AsBytes(rows.Escapes));
        head.AddRange(MemoryMarshal.AsBytes(rows.Words));
    }

    private void AddTaps(DensePlan plan)
    {
        for (int start = 0; start < plan.TapCount; start += RowReader.Lanes)
        {
            ReadOnlySpan<short> row = plan.Taps[start..Math.Min(plan.TapCount, start + RowReader.Lanes)];
            var scale = BestScale(row, plan.Shape, out _);
            head.Add((byte)scale.Number);
            rows.Add(row, scale);
        }
    }

    /// <summary>
    /// First the length of groups with the middle shape, then the shape with that length: the two hardly depend on each
    /// other.
    /// </summary>
    private void Choose(ref DensePlan plan, ReadOnlySpan<short> numbers, ReadOnlySpan<short> residuals)
    {
        float best = float.PositiveInfinity;
        for (int log = 0; log <= DensePlan.LongestGroupLog; log++)
        {
            Try(ref plan, numbers, residuals, (Shape: 1, log), ref best);
        }
        int chosen = plan.GroupLog;
        for (int shape = 0; shape < SymbolModel.Shapes; shape++)
        {
            Try(ref plan, numbers, residuals, (shape, chosen), ref best);
        }
    }

    private void Try(
        ref DensePlan plan,
        ReadOnlySpan<short> numbers,
        ReadOnlySpan<short> residuals,
        (int Shape, int GroupLog) choice,
        ref float best
    )
    {
        scales.Clear();
        float cost = 0;
        int length = 16 << choice.GroupLog;
        for (int start = 0; start < residuals.Length; start += length)
        {
            var group = residuals.Slice(start, Math.Min(length, residuals.Length - start));
            float bits = 0;
            bool held = numbers.Slice(start, group.Length).IndexOfAnyExcept(numbers[Math.Max(0, start - 1)]) < 0;
            scales.Add(held ? Scale.Held : BestScale(group, choice.Shape, out bits));
            cost += bits + BitsOfScale;
        }
        if (cost < best)
        {
            best = cost;
            (plan.Shape, plan.GroupLog) = choice;
            bestScales.Clear();
            bestScales.AddRange(scales);
        }
    }

    private static ReadOnlySpan<short> Group(ReadOnlySpan<short> residuals, int group, int length) =>
        residuals.Slice(group * length, Math.Min(length, residuals.Length - (group * length)));

    /// <summary>Goes downhill from the scale that the mean magnitude suggests.</summary>
    private static Scale BestScale(ReadOnlySpan<short> values, int shape, out float bits)
    {
        long sum = 0;
        foreach (short value in values)
        {
            sum += Math.Abs((int)value);
        }
        if (sum == 0)
        {
            bits = 0;
            return default;
        }
        // The standard deviation of a bell curve is 1.25 times its mean magnitude.
        var best = Scale.Near(1.25 * sum / values.Length);
        bits = Cost(values, shape, best);
        foreach (int direction in (ReadOnlySpan<int>)[-1, 1])
        {
            bool moved = false;
            while (best.Number + direction is >= 1 and <= Scale.Max)
            {
                var next = new Scale(best.Number + direction);
                float cost = Cost(values, shape, next);
                if (cost >= bits)
                {
                    break;
                }
                (best, bits, moved) = (next, cost, true);
            }
            if (moved)
            {
                break;
            }
        }
        return best;
    }

    private static float Cost(ReadOnlySpan<short> values, int shape, Scale scale)
    {
        var model = scale.Model(shape);
        int reach = model.Reach;
        int bits = scale.LowBits;
        int centre = scale.Centre;
        float cost = values.Length * bits;
        foreach (short value in values)
        {
            int symbol = (value + centre) >> bits;
            cost +=
                (uint)(symbol + reach) <= 2 * (uint)reach ? model.Bits(symbol) : model.Bits(SymbolModel.Escape) + 16;
        }
        return cost;
    }
}
