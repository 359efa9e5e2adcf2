using System.Collections.Frozen;

namespace Snakepit.Pools;

/// <summary>The parameters of a tool, as arguments are checked against them. Immutable.</summary>
internal sealed class ToolSignature
{
    private const int MostParameters = 64; // one bit each
    private readonly ToolParameter[] _parameters; // those that take one argument; those that take it by position come first
    private readonly FrozenDictionary<string, ulong> _byName; // the bits of the parameters that take an argument by name
    private readonly ulong _required;
    private readonly int _positions;
    private readonly bool _takesMorePositions;
    private readonly bool _takesMoreNames;

    private ToolSignature(ToolDescriptor tool)
    {
        Tool = tool;
        _parameters = [.. tool.Parameters.Where(IsSingle).OrderBy(static parameter => parameter.Kind)];
        _positions = _parameters.Count(static parameter => parameter.Kind <= ToolParameterKind.PositionalOrKeyword);
        var byName = new Dictionary<string, ulong>(StringComparer.Ordinal);
        ulong bit = 1;
        foreach (ToolParameter parameter in _parameters)
        {
            _required |= parameter.IsRequired ? bit : 0;
            if (parameter.Kind != ToolParameterKind.PositionalOnly)
            {
                byName[parameter.Name] = bit;
            }
            bit <<= 1;
        }
        _byName = byName.ToFrozenDictionary(StringComparer.Ordinal);
        _takesMorePositions = tool.Parameters.Any(static parameter => parameter.Kind == ToolParameterKind.VarPositional);
        _takesMoreNames = tool.Parameters.Any(static parameter => parameter.Kind == ToolParameterKind.VarKeyword);
    }

    /// <summary>The description that the signature was read from.</summary>
    public ToolDescriptor Tool { get; }

    /// <summary>Returns the signature of a tool; null when only Python can tell what the tool takes.</summary>
    public static ToolSignature? Of(ToolDescriptor tool) =>
        tool.IsExact && tool.Parameters.Count(IsSingle) <= MostParameters ? new ToolSignature(tool) : null;

    /// <summary>Returns whether both accept the same arguments.</summary>
    public bool IsLike(ToolSignature other) => Tool.Parameters.Select(Form).SequenceEqual(other.Tool.Parameters.Select(Form));

    /// <summary>Returns whether Python would accept arguments: so many by position, and these names.</summary>
    public bool Fits(int positional, ReadOnlySpan<(string Name, object? Value)> named)
    {
        if (positional > _positions && !_takesMorePositions)
        {
            return false;
        }
        ulong given = FirstBits(positional);
        foreach ((string name, _) in named)
        {
            if (!TryGive(name, ref given))
            {
                return false;
            }
        }
        return (_required & ~given) == 0;
    }

    /// <summary>Returns whether Python could accept arguments with all of these names, and perhaps some others.</summary>
    public bool Fits(IEnumerable<string> certain, IEnumerable<string> possible)
    {
        ulong given = 0;
        if (!certain.All(name => TryGive(name, ref given)))
        {
            return false;
        }
        foreach (string name in possible)
        {
            given |= _byName.GetValueOrDefault(name);
        }
        return (_required & ~given) == 0;
    }

    /// <summary>Returns what is wrong with arguments, as a part of a sentence about the tool; never empty.</summary>
    public MisfitReason Explain(int positional, IReadOnlyCollection<string> names)
    {
        if (positional > _positions && !_takesMorePositions)
        {
            return new($"takes {(_positions == 0 ? "no arguments" : _positions == 1 ? "1 argument" : $"at most {_positions} arguments")} "
                + $"by position, but {positional} {(positional == 1 ? "is" : "are")} given");
        }
        ulong given = FirstBits(positional);
        foreach (string name in names)
        {
            if (!TryGive(name, ref given))
            {
                return ExplainName(name, positional, names);
            }
        }
        string[] missing =
            [.. _parameters.Where((parameter, i) => parameter.IsRequired && (given >> i & 1) == 0).Select(static missed => missed.Name)];
        return new(missing.Length == 1 ? $"needs a value for {Quote(missing[0])}" : $"needs values for {Shown.Names(missing)}");
    }

    private MisfitReason ExplainName(string name, int positional, IReadOnlyCollection<string> names)
    {
        if (_byName.ContainsKey(name))
        {
            return new($"got two values for {Quote(name)}: one by position and one by name");
        }
        if (_parameters.Any(parameter => parameter.Name == name))
        {
            return new($"takes {Quote(name)} by position only, but it is given by name");
        }
        IEnumerable<string> free = _parameters
            .Skip(Math.Min(positional, _positions))
            .Where(parameter => parameter.Kind != ToolParameterKind.PositionalOnly && !names.Contains(parameter.Name))
            .Select(static parameter => parameter.Name);
        return new($"has no parameter {Quote(name)}", NearName.Suggest(name, free).TrimStart());
    }

    private bool TryGive(string name, ref ulong given)
    {
        if (!_byName.TryGetValue(name, out ulong bit))
        {
            return _takesMoreNames;
        }
        bool isFirst = (given & bit) == 0;
        given |= bit;
        return isFirst;
    }

    private ulong FirstBits(int positional) =>
        Math.Min(positional, _positions) is var count and < MostParameters ? (1UL << count) - 1 : ulong.MaxValue;

    private static bool IsSingle(ToolParameter parameter) =>
        parameter.Kind is not (ToolParameterKind.VarPositional or ToolParameterKind.VarKeyword);

    private static (string, ToolParameterKind, bool) Form(ToolParameter parameter) =>
        (parameter.Name, parameter.Kind, parameter.IsRequired);

    private static string Quote(string name) => $"'{Shown.Text(name)}'";
}

/// <summary>Why arguments do not fit a tool.</summary>
/// <param name="Problem">What is wrong, as a part of a sentence that begins with the tool.</param>
/// <param name="Hint">A question that names near parameters; empty when there are none.</param>
internal readonly record struct MisfitReason(string Problem, string Hint = "");
