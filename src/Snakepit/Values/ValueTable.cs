using System.Collections;
using System.Text.Json.Serialization;
using Snakepit.Values;

namespace Snakepit;

/// <summary>Represents a table: named columns of equal length, in order. A tool receives a <c>pandas.DataFrame</c> (a dict of lists where
/// pandas is not installed), and a DataFrame or Series that it returns is read as this type. Immutable.</summary>
[JsonConverter(typeof(TableConverter))]
public sealed class ValueTable
{
    private readonly string[] _names;
    private readonly IReadOnlyList<object?>[] _columns;
    private readonly ValueTable? _index;

    /// <summary>Creates a table of columns, whose values are copied.</summary>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public ValueTable(params ReadOnlySpan<(string Name, IEnumerable Values)> columns)
    {
        _names = new string[columns.Length];
        _columns = new IReadOnlyList<object?>[columns.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(columns[i].Name);
            ArgumentNullException.ThrowIfNull(columns[i].Values);
            _names[i] = columns[i].Name;
            _columns[i] = [.. columns[i].Values.Cast<object?>()];
            if (_columns[i].Count != _columns[0].Count)
            {
                throw new ArgumentException(
                    $"Column '{_names[i]}' has {_columns[i].Count} rows, '{_names[0]}' has {_columns[0].Count}.", nameof(columns));
            }
        }
    }

    /// <summary>Gets the names of the columns in order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Gets the columns in order, each with one value for every row.</summary>
    public IReadOnlyList<IReadOnlyList<object?>> Columns => _columns;

    /// <summary>Gets the labels of the rows, one column for each level; a level without a name has an empty one. Null when the rows are
    /// only numbered from 0.</summary>
    /// <exception cref="ArgumentException">The number of labels differs from the number of rows, or there is no level.</exception>
    public ValueTable? Index
    {
        get => _index;
        init
        {
            if (value is not null && (value._columns.Length == 0 || (_columns.Length > 0 && value.RowCount != RowCount)))
            {
                throw new ArgumentException(
                    $"The index has {value._columns.Length} levels of {value.RowCount} labels; the table has {RowCount} rows.",
                    nameof(value));
            }
            _index = value;
        }
    }

    /// <summary>Gets the number of rows.</summary>
    public int RowCount => _columns.Length > 0 ? _columns[0].Count : _index?.RowCount ?? 0;

    /// <summary>Gets the values of the first column with a name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such column.</exception>
    public IReadOnlyList<object?> this[string name]
    {
        get
        {
            int index = Array.IndexOf(_names, name);
            return index >= 0
                ? _columns[index]
                : throw new KeyNotFoundException($"No column '{name}'; there are: {string.Join(", ", _names)}.");
        }
    }
}
