using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Snakepit.Simulation.Fuzz;

/// <summary>
/// Compares values strictly: equal values have the same type and the same content in the same order.
/// NaN equals NaN, and 0.0 differs from -0.0.
/// </summary>
internal sealed class ValueComparer : IEqualityComparer<object?>
{
    public static readonly ValueComparer Instance = new();

    public new bool Equals(object? x, object? y)
    {
        if (x is null || y is null || x.GetType() != y.GetType())
        {
            return x is null && y is null;
        }
        return (x, y) switch
        {
            (double a, double b) =>
                BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b) || (double.IsNaN(a) && double.IsNaN(b)),
            (decimal a, decimal b) => decimal.GetBits(a).SequenceEqual(decimal.GetBits(b)),
            (DateTimeOffset a, DateTimeOffset b) => a.EqualsExact(b),
            (DateTime a, DateTime b) => a == b && a.Kind == b.Kind,
            (TimeSpan a, TimeSpan b) => a.Ticks / TimeSpan.TicksPerMicrosecond == b.Ticks / TimeSpan.TicksPerMicrosecond, // written so
            (string a, string b) => string.Equals(a, b, StringComparison.Ordinal),
            (NdArray a, NdArray b) => a.DType == b.DType && a.Shape.SequenceEqual(b.Shape) && a.Data.Span.SequenceEqual(b.Data.Span),
            (ValueTable a, ValueTable b) =>
                a.Names.SequenceEqual(b.Names) && a.Columns.SequenceEqual(b.Columns, this) && Equals(a.Index, b.Index),
            (IDictionary a, IDictionary b) =>
                Items(a.Keys).SequenceEqual(Items(b.Keys), this) && Items(a.Values).SequenceEqual(Items(b.Values), this),
            (IEnumerable a, IEnumerable b) => Items(a).SequenceEqual(Items(b), this),
            _ => x.Equals(y),
        };
    }

    public int GetHashCode([DisallowNull] object? obj) => 0;

    private static IEnumerable<object?> Items(IEnumerable items) => items.Cast<object?>();
}
