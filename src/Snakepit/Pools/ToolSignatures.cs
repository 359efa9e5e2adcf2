using System.Runtime.CompilerServices;
using Snakepit.Values;

namespace Snakepit.Pools;

/// <summary>
/// The signatures under which workers of a pool have announced one tool. While the code changes, workers with different ones serve, and
/// a call goes to any of them: arguments fit when they fit one. Immutable.
/// </summary>
internal sealed class ToolSignatures
{
    private const int MostVersions = 4;
    private static readonly ToolSignatures s_unknown = new([]);
    private static readonly object s_fits = new();
    private static readonly object s_misfits = new();

    private readonly ToolSignature[] _all; // the latest is the last; empty when only Python can tell what the tool takes
    private readonly ConditionalWeakTable<object, object> _objects = []; // whether the properties of a type or contract fit

    private ToolSignatures(ToolSignature[] all) => _all = all;

    /// <summary>Returns the signatures of a tool that the first worker announces.</summary>
    public static ToolSignatures Of(ToolDescriptor tool) => ToolSignature.Of(tool) is { } signature ? new([signature]) : s_unknown;

    /// <summary>Returns whether another worker announces the tool as the last one did.</summary>
    public bool Has(ToolDescriptor tool) =>
        _all.Length == 0 || (tool.IsExact && _all[^1].Tool.Parameters.SequenceEqual(tool.Parameters));

    /// <summary>Returns these signatures and the one that another worker announces.</summary>
    public ToolSignatures With(ToolDescriptor tool)
    {
        if (_all.Length == 0 || ToolSignature.Of(tool) is not { } next)
        {
            return s_unknown;
        }
        ToolSignature[] others = [.. _all.Where(signature => !signature.IsLike(next))];
        return others.Length < MostVersions ? new([.. others, next]) : s_unknown;
    }

    /// <summary>Returns whether the arguments of a call may fit the tool. They certainly do not when it returns false.</summary>
    public bool MayFit(in ToolArguments arguments, JsonValueCodec json) => _all.Length == 0 || arguments.Source switch
    {
        null => MayFit(0, []),
        (string Name, object? Value)[] named => MayFit(0, named),
        object?[] positional => MayFit(positional.Length, []),
        MixedArguments mixed => MayFit(mixed.Positional.Length, mixed.Named),
        ObjectArguments properties => MayFit(properties, json),
        _ => true,
    };

    /// <summary>Returns why arguments do not fit, and the description of the tool.</summary>
    public (MisfitReason Reason, ToolDescriptor Tool) Explain(in ToolArguments arguments, JsonValueCodec json)
    {
        ToolSignature latest = _all[^1];
        MisfitReason reason = arguments.Source switch
        {
            (string Name, object? Value)[] named => latest.Explain(0, NamesOf(named)),
            object?[] positional => latest.Explain(positional.Length, []),
            MixedArguments mixed => latest.Explain(mixed.Positional.Length, NamesOf(mixed.Named)),
            ObjectArguments properties => latest.Explain(0, [.. ArgumentNames.Of(properties, json).All]),
            _ => latest.Explain(0, []),
        };
        return (reason, latest.Tool);
    }

    private bool MayFit(int positional, ReadOnlySpan<(string Name, object? Value)> named)
    {
        foreach (ToolSignature signature in _all)
        {
            if (signature.Fits(positional, named))
            {
                return true;
            }
        }
        return false;
    }

    private bool MayFit(ObjectArguments properties, JsonValueCodec json)
    {
        object type = (object?)properties.TypeInfo ?? properties.Value.GetType();
        if (!_objects.TryGetValue(type, out object? verdict))
        {
            ArgumentNames names = ArgumentNames.Of(properties, json);
            verdict = names.AreOpen || _all.Any(signature => signature.Fits(names.Certain, names.Possible)) ? s_fits : s_misfits;
            _objects.AddOrUpdate(type, verdict);
        }
        return verdict == s_fits;
    }

    private static string[] NamesOf((string Name, object? Value)[] named) => Array.ConvertAll(named, static argument => argument.Name);
}
