namespace Snakepit.Configuration;

/// <summary>The type of an option.</summary>
internal abstract class OptionType
{
    public virtual bool MayBeNull => false;

    /// <summary>The type without null.</summary>
    public virtual OptionType NotNull => this;
}

/// <summary>The type of a single value: it parses texts and checks values.</summary>
internal abstract class OptionType<T> : OptionType
{
    /// <summary>
    /// Parses a text. Returns null, or a sentence that says what the text must look like. Rejects what it would have to guess.
    /// </summary>
    public abstract string? Read(string? text, out T value);

    /// <summary>Returns the problem with a value, such as <c>it must be at least 1</c>; null when the value is valid.</summary>
    public virtual string? Problem(T value) => null;
}

/// <summary><c>true</c> or <c>false</c>.</summary>
internal sealed class SwitchType : OptionType<bool>
{
    public override string? Read(string? text, out bool value) =>
        bool.TryParse(text, out value) ? null : "it takes 'true' or 'false'.";
}

/// <summary>One of the names of an enumeration.</summary>
internal sealed class ChoiceType<T> : OptionType<T>
    where T : struct, Enum
{
    private static readonly string[] s_names = Enum.GetNames<T>();

    public static string Names { get; } = string.Join(", ", s_names);

    /// <summary>Accepts names only: Enum.TryParse would accept any number, and lists.</summary>
    public override string? Read(string? text, out T value)
    {
        int index = Array.FindIndex(s_names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        value = index < 0 ? default : Enum.GetValues<T>()[index];
        return index < 0 ? $"it takes one of {Names}.{NearName.Suggest(text ?? "", s_names)}" : null;
    }

    public override string? Problem(T value) => Enum.IsDefined(value) ? null : "there is no such value";
}

/// <summary>A text. <paramref name="form"/> says of what: <c>name of a tool</c>.</summary>
internal sealed class TextType(string form, bool mayBeNull) : OptionType<string?>
{
    public string Form { get; } = form;

    public override bool MayBeNull => mayBeNull;

    public override string? Read(string? text, out string? value)
    {
        value = MayBeNull && OptionText.IsOff(text) ? null : text;
        return value is null && !MayBeNull ? "it takes a text; remove the setting to keep its default." : null;
    }
}

/// <summary>A list of texts. <paramref name="items"/> says of what: <c>folders</c>.</summary>
internal sealed class ListType(string items) : OptionType
{
    public string Items { get; } = items;
}

/// <summary>Texts by name.</summary>
internal sealed class MapType : OptionType;

/// <summary>A number, duration or size within a range. NaN is less than all other numbers, and so in no range.</summary>
internal sealed class RangeType<T>(OptionReader<T> read) : OptionType<T>
    where T : struct, IComparable<T>
{
    public T? Least { get; init; }

    public T? Most { get; init; }

    /// <summary>An exclusive lower bound.</summary>
    public T? Above { get; init; }

    /// <summary>An exclusive upper bound.</summary>
    public T? Below { get; init; }

    /// <summary>A single valid value outside the range.</summary>
    public T? Or { get; init; }

    public override string? Read(string? text, out T value) => read(text, out value);

    public override string? Problem(T value) => IsValid(value) ? null : $"it must be {Describe()}";

    private bool IsValid(T value) => Compare(value, Or) == 0
        || (Compare(value, Least) is not < 0 && Compare(value, Above) is not <= 0
            && Compare(value, Most) is not > 0 && Compare(value, Below) is not >= 0);

    private static int? Compare(T value, T? bound) => bound is { } some ? value.CompareTo(some) : null;

    private string Describe()
    {
        string range = Least is { } least && Most is { } most
            ? $"from {OptionText.Format(least)} to {OptionText.Format(most)}"
            : string.Join(" and ", Bounds());
        return Or is { } or ? $"{range}, or {OptionText.Format(or)}" : range;
    }

    private IEnumerable<string> Bounds() =>
        from bound in new (string Name, T? Value)[] { ("at least", Least), ("above", Above), ("at most", Most), ("below", Below) }
        where bound.Value is not null
        select $"{bound.Name} {OptionText.Format(bound.Value)}";
}

/// <summary>A value that may be off: null or <paramref name="off"/>.</summary>
internal sealed class NullableType<T>(OptionType<T> type, T? off = null) : OptionType<T?>
    where T : struct
{
    public override bool MayBeNull => true;

    public override OptionType NotNull => type;

    public override string? Read(string? text, out T? value)
    {
        value = null;
        if (OptionText.IsOff(text))
        {
            return null;
        }
        if (type.Read(text, out T some) is { } problem)
        {
            return $"{problem[..^1]}, or 'null'.";
        }
        value = some.Equals(off) ? null : some;
        return null;
    }

    public override string? Problem(T? value) => value is { } some ? type.Problem(some) : null;
}
