using System.Text;

namespace Mend.Cli.Mutations;

/// <summary>Damage to chat templates: signs and words of the language where they do not belong, and work without end.</summary>
internal static class TemplateDamage
{
    private static readonly string[] Words =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-%}", "(", ")", "[", "]", "'", "\"", "|", ".", ",", ":", "~", "not ", " in ", " is ", " if ", " else ", "{% endif %}", "{% endfor %}",
        "{% for i in range(999999999) %}x{% endfor %}", "{{ range(10 ** 9) | list | length }}", "{{ 'a' * 999999999 }}", "{{ 10 ** 10 ** 10 }}", "{{ 1 // 0 }}", "{{ messages[99] }}",
        "{{ messages | tojson(indent=999999) }}", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{{ raise_exception('no') }}", "{% include 'x' %}", "{{ none.x.y }}", "{{ 'x'.join(5) }}",
        "{% set x = namespace() %}", "{{ '%0999999999d' % 5 }}", "{{ '{:>999999999}'.format(1) }}", "{{ strftime_now('%Q') }}", "{{ messages | sort | first }}", "{{ -5 % 0 }}", "{% break %}",
        "{{ ''.center(999999999) }}", "{{ [1] * 999999999 }}", "{{ ('a' * 1000).replace('a', 'b' * 1000000) }}",
    ];

    public static byte[] Apply(byte[] content, Random random)
    {
        if (random.Next(4) == 0)
        {
            return ByteDamage.Apply(content, random);
        }

        string text = Encoding.UTF8.GetString(content);
        for (int times = random.Next(1, 4); times > 0; times--)
        {
            int at = random.Next(text.Length + 1), length = Math.Min(text.Length - at, random.Next(12));
            text = random.Next(3) switch
            {
                0 => text.Remove(at, length),
                1 => text.Insert(at, Words[random.Next(Words.Length)]),
                _ => text.Remove(at, length).Insert(at, Words[random.Next(Words.Length)]),
            };
        }

        return Encoding.UTF8.GetBytes(text);
    }
}
