using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Snakepit.Python;

/// <summary>
/// A range of versions in Python's own notation for requirements: clauses such as <c>&gt;=3.11</c>, separated by commas, all of which must
/// hold. A version without an operator means that version and its releases: <c>3.12</c> is 3.12.0 to 3.12.99.
/// </summary>
internal sealed class VersionRange
{
    private static readonly string[] s_operators = [">=", "<=", "==", "!=", "~=", ">", "<"]; // the longer ones first

    private readonly Clause[] _clauses;

    private VersionRange(Clause[] clauses) => _clauses = clauses;

    /// <summary>Parses a text; returns false where it is no range.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out VersionRange? range)
    {
        range = null;
        var clauses = new List<Clause>();
        foreach (string part in (text ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            if (Parse(part) is not { } clause)
            {
                return false;
            }
            clauses.Add(clause);
        }
        range = new VersionRange([.. clauses]);
        return true;
    }

    public bool Contains(Version version) => Array.TrueForAll(_clauses, clause => clause.Holds(version));

    /// <summary>Returns whether a release of the minor version, such as 3.12, may be in the range.</summary>
    public bool MayContain(int major, int minor) => Array.TrueForAll(_clauses, clause => clause.MayHold(major, minor));

    public override string ToString() => string.Join(",", _clauses);

    private static Clause? Parse(string part)
    {
        string sign = Array.Find(s_operators, sign => part.StartsWith(sign, StringComparison.Ordinal)) ?? "";
        string number = part[sign.Length..].TrimStart();
        bool isPrefix = sign.Length == 0;
        if (number.EndsWith(".*", StringComparison.Ordinal))
        {
            if (sign is not ("" or "==" or "!="))
            {
                return null;
            }
            number = number[..^2];
            isPrefix = true;
        }
        int[]? parts = ParseNumbers(number);
        bool isUsable = parts is not null && (sign != "~=" || parts.Length > 1);
        return isUsable ? new Clause(sign.Length == 0 ? "==" : sign, parts!, isPrefix) : null;
    }

    private static int[]? ParseNumbers(string text)
    {
        string[] parts = text.Split('.');
        var numbers = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return null;
            }
        }
        return parts.Length <= 3 ? numbers : null;
    }

    private readonly record struct Clause(string Sign, int[] Parts, bool IsPrefix)
    {
        public bool Holds(Version version)
        {
            int order = Compare([version.Major, version.Minor, Math.Max(version.Build, 0)], isPrefix: IsPrefix);
            return Sign switch
            {
                "==" => order == 0,
                "!=" => order != 0,
                ">=" => order >= 0,
                "<=" => order <= 0,
                ">" => order > 0,
                "<" => order < 0,
                _ => order >= 0 && IsInSeries(version),
            };
        }

        public bool MayHold(int major, int minor)
        {
            Clause clause = this;
            int named = Parts.Length > 2 ? Parts[2] : 0;
            return new[] { 0, Math.Max(named - 1, 0), named, named + 1, 99 }.Any(patch => clause.Holds(new Version(major, minor, patch)));
        }

        public override string ToString()
        {
            var text = new StringBuilder(Sign).AppendJoin('.', Parts);
            return text.Append(IsPrefix ? ".*" : "").ToString();
        }

        /// <summary>A prefix compares only the parts that it names; otherwise, missing parts are zero.</summary>
        private int Compare(ReadOnlySpan<int> version, bool isPrefix)
        {
            int count = isPrefix ? Parts.Length : version.Length;
            for (int i = 0; i < count; i++)
            {
                int part = i < Parts.Length ? Parts[i] : 0;
                if (version[i] != part)
                {
                    return version[i].CompareTo(part);
                }
            }
            return 0;
        }

        /// <summary><c>~=3.11</c> allows every 3.x from 3.11, <c>~=3.11.2</c> every 3.11.x from 3.11.2.</summary>
        private bool IsInSeries(Version version) =>
            version.Major == Parts[0] && (Parts.Length < 3 || version.Minor == Parts[1]);
    }
}
