using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Snakepit.Values;

/// <summary>The elements of arrays of numpy's <c>datetime64</c> (<c>&lt;M8[ns]</c>) and <c>timedelta64</c> (<c>&lt;m8[ns]</c>).</summary>
internal sealed class ArrayTimes
{
    private static readonly DateTime s_epoch = new(1970, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);
    private static readonly char[] s_digits = [.. "0123456789"];

    private readonly bool _isDate;
    private readonly bool _isMoment;
    private readonly int _months;
    private readonly Int128 _nanoseconds;
    private readonly string _dtype;

    private ArrayTimes(string dtype, bool isMoment, string unit, int multiple)
    {
        _dtype = dtype;
        _isMoment = isMoment;
        _isDate = unit is "Y" or "M" or "W" or "D";
        _months = unit switch { "Y" => 12 * multiple, "M" => multiple, _ => 0 };
        _nanoseconds = multiple * (Int128)(unit switch
        {
            "W" => 7 * TimeSpan.NanosecondsPerTick * TimeSpan.TicksPerDay,
            "D" => TimeSpan.NanosecondsPerTick * TimeSpan.TicksPerDay,
            "h" => TimeSpan.NanosecondsPerTick * TimeSpan.TicksPerHour,
            "m" => TimeSpan.NanosecondsPerTick * TimeSpan.TicksPerMinute,
            "s" => TimeSpan.NanosecondsPerTick * TimeSpan.TicksPerSecond,
            "ms" => TimeSpan.NanosecondsPerTick * TimeSpan.TicksPerMillisecond,
            "us" => TimeSpan.NanosecondsPerTick * TimeSpan.TicksPerMicrosecond,
            "ns" => 1,
            _ => 0,
        });
    }

    /// <summary>Returns the reader of an element type; null when it is no time, or has a unit without a counterpart in .NET.</summary>
    public static ArrayTimes? Find(string dtype)
    {
        if (dtype is not ['<', 'M' or 'm', '8', '[', .., ']'])
        {
            return null;
        }
        string unit = dtype[4..^1].TrimStart(s_digits);
        int digits = dtype.Length - 5 - unit.Length;
        int multiple = 1;
        if (digits > 0 && !int.TryParse(dtype.AsSpan(4, digits), NumberStyles.None, CultureInfo.InvariantCulture, out multiple))
        {
            return null;
        }
        var times = new ArrayTimes(dtype, dtype[1] == 'M', unit, multiple);
        return times._nanoseconds > 0 || (times._isMoment && times._months > 0) ? times : null;
    }

    public void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> element)
    {
        long count = MemoryMarshal.Read<long>(element);
        if (count == long.MinValue)
        {
            writer.WriteNullValue(); // NaT
        }
        else if (_isMoment)
        {
            WriteMoment(writer, Moment(count));
        }
        else
        {
            WriteDuration(writer, Ticks(count));
        }
    }

    private void WriteMoment(Utf8JsonWriter writer, DateTime moment)
    {
        Span<char> text = stackalloc char[64];
        int length = _isDate ? TextForms.Format(DateOnly.FromDateTime(moment), text) : TextForms.Format(moment, text);
        Tagged.Write(writer, _isDate ? "date"u8 : "datetime"u8, text[..length]);
    }

    private static void WriteDuration(Utf8JsonWriter writer, long ticks)
    {
        Tagged.WriteStart(writer, "timedelta"u8);
        writer.WriteNumber(Tagged.ValueName, ticks / (decimal)TimeSpan.TicksPerMicrosecond);
        writer.WriteEndObject();
    }

    private DateTime Moment(long count)
    {
        try
        {
            return _months > 0
                ? s_epoch.AddMonths(checked((int)(count * _months)))
                : s_epoch.AddTicks(Ticks(count));
        }
        catch (Exception error) when (error is ArgumentOutOfRangeException or OverflowException)
        {
            throw OutOfRange(count);
        }
    }

    private long Ticks(long count)
    {
        (Int128 ticks, Int128 rest) = Int128.DivRem(count * _nanoseconds, TimeSpan.NanosecondsPerTick);
        if (rest != 0)
        {
            throw new JsonException($"The element {count} of the array of {_dtype} is finer than 100 ns, which .NET's times cannot hold.");
        }
        return ticks >= long.MinValue && ticks <= long.MaxValue ? (long)ticks : throw OutOfRange(count);
    }

    private JsonException OutOfRange(long count) => new($"The element {count} of the array of {_dtype} is beyond .NET's times.");
}
